#include "advice.h"

#include "../sys/say.h"
#include "../store/show.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Without replicas in its configuration nobody gets what it takes. */
static void
advise_replicas(const struct plan *p, const char *host)
{
	const struct config *cf = p->r->cf;

	if (cf->n_replicas > 0) {
		say_info(
		    "next: kdc-snapshot, which ships that to %zu replica%s",
		    cf->n_replicas, cf->n_replicas == 1 ? "" : "s");
		return;
	}
	say_info("next: a key for the way to the replicas: ssh-keygen -t "
		 "ed25519 -N '' -C 'kdcsync transport' -f "
		 "/etc/kdcsync/ssh_key; on each replica its .pub takes the "
		 "place of the old primary's in authorized_keys, as "
		 "restrict,from=\"%s\",command=\"/usr/sbin/kdc-apply\"",
	    host);
	say_info("next: in %s: replicas = { NAME = { command = ssh -F "
		 "/etc/kdcsync/ssh_config NAME kdc-apply } }, for each of "
		 "them; ssh_config and known_hosts as on the old primary",
	    cf->path);
	say_info("next: kdc-snapshot; then its cron line, "
		 "/etc/cron.d/kdcsync");
}

static void
advise_clients(const struct plan *p, const char *host)
{
	const char *realm = p->r->place->realm;

	say_info("next: kadmind runs here now: systemctl enable --now "
		 "krb5-admin-server; on the old primary, if it is up: "
		 "systemctl disable --now krb5-admin-server, and then "
		 "kdc-restore --demote; until then kdc-verify there calls it "
		 "superseded");
	say_info("next: admin_server and primary_kdc of %s in krb5.conf "
		 "everywhere: %s; and in the DNS, if clients look there: "
		 "_kerberos-adm._tcp and _kerberos-master._udp",
	    realm, host);
}

static void
advise_restart(const struct plan *p)
{
	char words[USERS_WORDS];

	if (p->users.n == 0 || p->r->promote)
		return;
	users_words(&p->users, words);
	say_info("next: restart %s, which ran meanwhile: systemctl restart "
		 "krb5-kdc krb5-admin-server",
	    words);
}

void
advice_give(const struct plan *p, const struct manifest *begun)
{
	const struct restore *r = p->r;
	char host[256] = "", from[SHOW_ID], id[SHOW_ID];

	(void)gethostname(host, sizeof(host) - 1);
	show_id(&r->source->seal.m, from);
	show_id(begun, id);
	say_info("%s: generation %s is live%s, and published as %s",
	    r->place->db, from, r->promote ? ": this host is the primary" : "",
	    id);
	if (strcmp(p->before, "-") != 0)
		say_info("what was there is kept in %s/%s: all keys of that "
			 "time; remove it when nobody misses anything",
		    r->state->dir, p->before);
	advise_restart(p);
	advise_replicas(p, host);
	if (r->promote || r->source->archive != NULL)
		advise_clients(p, host);
}
