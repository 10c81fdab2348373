# shellcheck shell=bash
# Completion for all programs of kdcsync: what they say of themselves, so that it
# is never older than they are.  To be sourced, or found by bash-completion as
# /usr/share/bash-completion/completions/kdc-verify and so on.

# The replicas that the primary's configuration names.
_kdcsync_replicas() {
	kdc-snapshot --check-config 2>/dev/null |
	    sed -n 's/^replica \([^:]*\): command.*/\1/p'
}

_kdcsync_files() {
	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(compgen "$1" -- "$2")
}

_kdcsync_words() {
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
}

# _kdcsync_value HELP OPTION WORD: what follows that option, by the word that
# stands for it in the help; false when nothing has to.
_kdcsync_value() {
	local what
	what=$(grep -oE -- "(^|[[ ])$2 [A-Z][A-Z.]*" <<<"$1" | head -n 1)
	case ${what##* } in
	FILE | ARCHIVE | KEYTAB | KEY)	_kdcsync_files -f "$3" ;;
	DIR)		_kdcsync_files -d "$3" ;;
	DURATION | TIME)
		case $2 in
		--override)	_kdcsync_words "1h 12h 1d 7d" "$3" ;;
		--at)		_kdcsync_words "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$3" ;;
		esac ;;
	NAME)
		if [ "$2" = --to ] || [ "$2" = -t ]; then
			_kdcsync_words "$(_kdcsync_replicas)" "$3"
		fi ;;
	'')		return 1 ;;
	esac
}

_kdcsync() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local help actions
	COMPREPLY=()
	help=$("$1" --help 2>/dev/null) || return 0
	if [[ $prev == -* ]] && _kdcsync_value "$help" "$prev" "$cur"; then
		return 0
	fi
	if [[ $cur == -* ]]; then
		_kdcsync_words "$(grep -oE -- '(^|[[ |])--[a-z][a-z-]*' <<<"$help" |
		    sed 's/^[[ |]//' | sort -u)" "$cur"
		return 0
	fi
	# "kdc-archive [-c FILE] [-r REALM] list": its actions
	actions=$(sed -nE 's/^(usage:|      ) kdc-[a-z]+( \[[^]]*\])* ([a-z]+)( .*|$)/\3/p' \
	    <<<"$help")
	if [ -n "$actions" ] && [[ " ${COMP_WORDS[*]:1:COMP_CWORD-1} " != \
	    *" "@(${actions//$'\n'/|})" "* ]]; then
		_kdcsync_words "$actions" "$cur"
		return 0
	fi
	_kdcsync_files -f "$cur"
}

complete -F _kdcsync kdc-snapshot kdc-apply kdc-verify kdc-archive kdc-restore \
    kdc-status kdc-rotate
