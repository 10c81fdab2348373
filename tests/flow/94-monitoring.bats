# Goal of this test: somebody is woken, for the right reason, and not before.
# - A real prometheus scrapes what kdc-verify, kdc-status and kdc-restore --drill
#   wrote of a real realm, with the shipped rules (waiting times shortened), and
#   fires nothing while all is well; then for data that are old, a replica that is
#   silent, altered data, a wrong stash, held, superseded, a failed drill the alert
#   of that name, of that host, alone; and is quiet again when it is healed.
# - promtool finds rules, their own test and the metrics in order; rules and
#   dashboard ask for nothing that we do not write; each panel has something to
#   show, and a place of its own.

setup_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	command -v prometheus >/dev/null || return 0
	REALM_DIR=$(flow_dir)
	export REALM_DIR
	realm_make -d -n 2 "$REALM_DIR"
	cd "$REALM_DIR"
	admin_local 'addprinc -pw a alice' 'addprinc -randkey canary' \
	    "ktadd -k $REALM_DIR/canary.keytab -norandkey canary" >/dev/null 2>&1
	for i in {1..40}; do
		echo "addprinc -nokey u$i"
	done | realm_on primary kadmin.local >/dev/null 2>&1
	# As it was 25 minutes ago.
	realm_on primary faketime -f -25m kdc-snapshot -q
	cp -a replica2 replica2.old
	cp -a primary/state/replicas/replica2 ledger.old
	snapshot -q
	age-keygen -o age.key 2>/dev/null
	realm_on primary kdc-archive write -q --stash \
	    --recipient "$(age-keygen -y age.key)" realm.archive
	mkdir metrics
	drill
	look
	prometheus_start
}

teardown_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	[ -n "${REALM_DIR:-}" ] || return 0
	for f in "$REALM_DIR"/{www,prometheus}.pid; do
		[ ! -e "$f" ] || process_stop "$f"
	done
	realm_remove
}

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	command -v prometheus >/dev/null ||
	    skip "prometheus is not installed (scripts/packages)"
	M=$REALM_DIR/metrics
}

# What cron does each minute.
look() {
	local host
	for host in primary replica1 replica2; do
		verify $host -q --metrics "$REALM_DIR/metrics/$host.prom" \
		    >/dev/null || :
	done
	realm_on primary kdc-status -q \
	    --metrics "$REALM_DIR/metrics/status.prom" >/dev/null || :
}

# drill [KEYTAB]: what a timer does each night.
drill() {
	realm_on primary kdc-restore -q --drill "$REALM_DIR/realm.archive" \
	    --canary "${1:-$REALM_DIR/canary.keytab}" \
	    --identity "$REALM_DIR/age.key" \
	    --metrics "$REALM_DIR/metrics/drill.prom"
}

# process NAME COMMAND...: in the background, to be ended by process_stop.
process() {
	local name=$1
	shift
	setsid sh -c "echo \$\$ \$(cut -d' ' -f22 /proc/\$\$/stat) >$name.pid
	    exec \"\$@\"" sh "$@" >"$name.log" 2>&1 </dev/null 3>&- &
	disown
}

# One target a file, by the name of its host; the rules with no waiting times.
prometheus_start() {
	local port file host
	port=$(port_block 2)
	echo "$port" >prometheus.port
	sed 's/^    for: .*/    for: 0s/' \
	    "$FLOW_SOURCE/scripts/monitoring/kdcsync.rules.yml" >rules.yml
	{
		printf 'global:\n  scrape_interval: 1s\n'
		printf '  evaluation_interval: 1s\nrule_files: [ rules.yml ]\n'
		printf 'scrape_configs:\n'
		for file in primary replica1 replica2 status drill; do
			host=$file
			[[ $file == replica? ]] || host=primary
			cat <<-END
			- job_name: $file
			  metrics_path: /$file.prom
			  static_configs:
			  - targets: [ '127.0.0.1:$((port + 1))' ]
			    labels: { instance: $host }
			END
		done
	} >prometheus.yml
	process www python3 -m http.server --bind 127.0.0.1 \
	    --directory metrics $((port + 1))
	process prometheus prometheus --config.file=prometheus.yml \
	    --storage.tsdb.path=tsdb --web.listen-address="127.0.0.1:$port"
}

# alerts: those that fire, one "name host" a line; the name of a replica that the
# primary speaks of behind it.
alerts() {
	python3 - "$(<"$REALM_DIR/prometheus.port")" <<-'END'
	import json, sys, urllib.request
	u = 'http://127.0.0.1:%s/api/v1/alerts' % sys.argv[1]
	for a in json.load(urllib.request.urlopen(u))['data']['alerts']:
	    l = a['labels']
	    print(l['alertname'], l['instance'], *([l['replica']]
	          if 'replica' in l else []))
	END
}

# scraped METRIC: of how many targets.
scraped() {
	python3 - "$(<"$REALM_DIR/prometheus.port")" "$1" <<-'END'
	import json, sys, urllib.parse, urllib.request
	u = 'http://127.0.0.1:%s/api/v1/query?query=%s' % (
	    sys.argv[1], urllib.parse.quote('count(%s)' % sys.argv[2]))
	r = json.load(urllib.request.urlopen(u))['data']['result']
	print(r[0]['value'][1] if r else 0)
	END
}

# panels_are_full [SAYING]: each query of each panel of the dashboard has an answer;
# but for those of a panel that says SAYING where it has none.
panels_are_full() {
	python3 - "$(<"$REALM_DIR/prometheus.port")" "${1-}" \
	    scripts/monitoring/kdcsync.dashboard.json <<-'END'
	import json, sys, urllib.parse, urllib.request
	port, saying, path = sys.argv[1:]
	empty = []
	for p in json.load(open(path))['panels']:
	    says = p['fieldConfig']['defaults'].get('noValue')
	    assert p['targets'], p['title']
	    for t in p['targets']:
	        q = t['expr'].replace('$realm', 'EXAMPLE.TEST')
	        u = 'http://127.0.0.1:%s/api/v1/query?query=%s' % (
	            port, urllib.parse.quote(q))
	        r = json.load(urllib.request.urlopen(u))['data']['result']
	        if bool(r) == (says is not None and says == saying):
	            empty.append((p['title'], q, len(r)))
	assert not empty, empty
	END
}

# alerts_are [NAME HOST]...: these fire within 15 s, and no others with them; and
# still 2 s later.
alerts_are() {
	local want i
	want=$(printf '%s\n' "$@" | sort)
	alerts >/dev/null	# it answers
	for ((i = 0; i < 60; i++)); do
		[ "$(alerts | sort)" != "$want" ] || break
		sleep 0.25
	done
	sleep 2
	diff <(echo "$want") <(echo "$(alerts | sort)")
}

@test "promtool: rules, their own test, and what we write" {
	local f
	promtool check rules scripts/monitoring/kdcsync.rules.yml
	promtool test rules scripts/monitoring/*.test.yml
	for f in "$M"/*.prom; do
		promtool check metrics <"$f"
		[ "$(stat -c %a "$f")" = 644 ]
	done
	# As node_exporter does, which refuses a name of two meanings.
	cat "$M"/*.prom | grep '^# HELP' | sort -u | awk '
	seen[$3]++ { print "two meanings: " $3; bad = 1 } END { exit bad }'
}

@test "rules and dashboard ask for nothing that is not written" {
	local f name
	for f in kdcsync.rules.yml kdcsync.dashboard.json; do
		grep -oE 'kdcsync_[a-z_]+' scripts/monitoring/$f | sort -u |
		    while read -r name; do
			[ "$name" != kdcsync_ ] || continue
			grep -qE "^$name[{ ]" "$M"/*.prom ||
			    { echo "$f: $name"; exit 1; }
		    done
	done
	# No panel lies on another, or beside the 24 columns.
	python3 - scripts/monitoring/kdcsync.dashboard.json <<-'END'
	import json, sys
	panels = json.load(open(sys.argv[1]))['panels']
	ids = [p['id'] for p in panels]
	assert len(ids) == len(set(ids)) >= 6
	taken = {}
	for p in panels:
	    g = p['gridPos']
	    assert g['x'] + g['w'] <= 24, p['title']
	    for x in range(g['x'], g['x'] + g['w']):
	        for y in range(g['y'], g['y'] + g['h']):
	            other = taken.setdefault((x, y), p['title'])
	            assert other == p['title'], (other, p['title'])
	END
	# Each alert has a headline of the runbook that is there, or a manual; the
	# runbook names it.
	awk '/alert:/ { name = $3 } /runbook.md/ { print name }' \
	    scripts/monitoring/kdcsync.rules.yml | sed 's/^Kdcsync//' |
	    while read -r name; do
		grep -qF "\`$name\`" docs/runbook.md ||
		    { echo "runbook.md: $name"; exit 1; }
	done
	grep -oE 'runbook.md#[a-z-]+' scripts/monitoring/kdcsync.rules.yml |
	    cut -d'#' -f2 | sort -u | while read -r name; do
		grep -E '^#+ ' docs/runbook.md | tr 'A-Z ' 'a-z-' |
		    grep -qx -- "#*-$name" || { echo "no heading $name"; exit 1; }
	done
}

@test "all is well: everything is scraped, nothing fires" {
	local i
	for ((i = 0; i < 60; i++)); do
		[ "$(scraped kdcsync_verify_status)" != 3 ] ||
		    [ "$(scraped kdcsync_replica_status)" != 2 ] ||
		    [ "$(scraped kdcsync_drill_success)" != 1 ] || break
		sleep 0.25
	done
	[ "$(scraped kdcsync_verify_status)" = 3 ]
	[ "$(scraped kdcsync_replica_status)" = 2 ]
	[ "$(scraped kdcsync_drill_success)" = 1 ]
	alerts_are
	panels_are_full 'Nothing: all checks on all KDCs are good.'
}

@test "data 25 minutes old on one replica, of which the primary did not hear since" {
	mv "$REALM_DIR/replica2" "$REALM_DIR/replica2.now"
	cp -a "$REALM_DIR/replica2.old" "$REALM_DIR/replica2"
	cp -a "$REALM_DIR/primary/state/replicas/replica2" "$REALM_DIR/ledger.now"
	cp -a "$REALM_DIR/ledger.old" "$REALM_DIR/primary/state/replicas/replica2"
	look
	alerts_are 'KdcsyncDataOld replica2' 'KdcsyncDataTooOld replica2' \
	    'KdcsyncReplicaSilent primary replica2'
	snapshot -q
	look
	alerts_are
}

@test "altered data, and a wrong stash" {
	local i
	realm_on replica1 kadmin.local -q 'modprinc -maxlife 1h alice' >/dev/null
	cp "$REALM_DIR/replica2/stash" "$REALM_DIR/stash.was"
	head -c 40 /dev/urandom >"$REALM_DIR/replica2/stash"
	look
	alerts_are 'KdcsyncAltered replica1' 'KdcsyncStashWrong replica2'
	panels_are_full
	verify replica1 -q --repair
	cp "$REALM_DIR/stash.was" "$REALM_DIR/replica2/stash"
	look
	alerts_are
}

@test "held, superseded, and a drill that failed" {
	for i in {1..40}; do
		echo "delprinc -force u$i"
	done | realm_on primary kadmin.local >/dev/null 2>&1
	snapshot -q || :
	look
	alerts_are 'KdcsyncHeld primary'
	snapshot -q --allow-shrink
	cp "$REALM_DIR/primary/state/current" "$REALM_DIR/current.was"
	for i in bob carol; do
		admin_local "addprinc -pw a $i" >/dev/null 2>&1
		snapshot -q
	done
	# Restored from the backup of a minute ago.
	cp "$REALM_DIR/current.was" "$REALM_DIR/primary/state/current"
	snapshot -q || :
	drill /nonexistent/keytab || :
	look
	alerts_are 'KdcsyncSuperseded primary' 'KdcsyncDrillFailed primary' \
	    'KdcsyncReplicaCritical primary replica1' \
	    'KdcsyncReplicaCritical primary replica2'
	cp "$REALM_DIR/replica1/state/seal.tar" "$REALM_DIR/primary/state/current"
	snapshot -q
	drill
	look
	alerts_are
}

@test "metrics that nobody writes any more, and of which nothing more is said" {
	sed -E -i 's/^(kdcsync_(verify|as_of)_timestamp_seconds.*) .*/\1 1000000000/' \
	    "$M/replica1.prom"
	alerts_are 'KdcsyncMetricsOld replica1'
	look
	alerts_are
}
