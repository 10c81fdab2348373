# Goal of this test: what bash completes is what the programs take.  The options
# are those in each program's source, no more and no fewer, and stand in its help;
# values are files, directories, replicas, times where those belong.

bats_require_minimum_version 1.5.0

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	PATH=$REALM_BUILD:$PATH
	compopt() { :; }
	shopt -s extglob
	. "$FLOW_SOURCE/scripts/completion/kdcsync.bash"
}

# complete_line WORD...: what is offered for the last word, one a line.
complete_line() {
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	_kdcsync "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
	printf '%s\n' "${COMPREPLY[@]}"
}

# The long options in a program's source, and those that all have.
options() {
	cat "src/${1#kdc-}/main.c" src/store/program.h |
	    grep -oE '^	+\{ "[a-z-]+", (no|required)_argument' |
	    sed 's/.*"\(.*\)".*/--\1/' | sort -u
}

programs() {
	sed -n '/^PROGRAMS *=/,/[^\\]$/p' Makefile | grep -oE 'kdc-[a-z]+'
}

@test "every program completes, and its options are those of its source" {
	local prog n=0
	for prog in $(programs); do
		complete -p "$prog"
		diff <(options "$prog") <(complete_line "$prog" --)
		n=$((n + $(options "$prog" | wc -l)))
	done
	[ $n -gt 50 ]
}

@test "values: files, directories, times, or nothing" {
	cd "$BATS_TEST_TMPDIR"
	mkdir dir
	: >file
	[ "$(complete_line kdc-verify --metrics '' | sort | tr '\n' ' ')" = \
	    "dir file " ]
	[ "$(complete_line kdc-apply -c f)" = file ]
	[ "$(complete_line kdc-restore --into '')" = dir ]
	[ "$(complete_line kdc-verify --override 1)" = $'1h\n12h\n1d' ]
	[[ $(complete_line kdc-restore --at 2) == 20??-??-??T??:??:??Z ]]
	[ -z "$(complete_line kdc-verify --reason '')" ]
	[ -z "$(complete_line kdc-verify -r '')" ]
	# An option without a value, then what the program takes.
	[ "$(complete_line kdc-apply --dry-run f)" = file ]
}

@test "kdc-archive: its actions, then its files" {
	cd "$BATS_TEST_TMPDIR"
	: >realm.archive
	[ "$(complete_line kdc-archive '')" = $'list\nwrite\nverify\ndiff' ]
	[ "$(complete_line kdc-archive verify r)" = realm.archive ]
}

@test "kdc-snapshot --to: the configured replicas" {
	cat >"$BATS_TEST_TMPDIR/conf" <<-'END'
	[kdcsync]
	    replicas = {
	        kdc2.example.com = {
	            command = true
	        }
	        kdc3.example.com = {
	            command = true
	        }
	    }
	END
	chmod 600 "$BATS_TEST_TMPDIR/conf"
	export KDCSYNC_CONFIG=$BATS_TEST_TMPDIR/conf
	[ "$(complete_line kdc-snapshot --to '')" = \
	    $'kdc2.example.com\nkdc3.example.com' ]
	[ "$(complete_line kdc-snapshot -t kdc3)" = kdc3.example.com ]
}
