#include "advice.h"

#include "../sys/say.h"
#include "../sys/units.h"
#include "../store/show.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/* Without replicas in its configuration nobody gets what it takes. */
static void
print_replicas(const struct config *cf, const char *host)
{
	printf("  ssh-keygen -q -t ed25519 -N '' -C 'kdcsync transport' -f "
	       "/etc/kdcsync/ssh_key\n"
	       "  /etc/kdcsync/ssh_config and known_hosts, for each of the "
	       "other replicas; in %s:\n"
	       "    replicas = {\n"
	       "        NAME = {\n"
	       "            command = ssh -F /etc/kdcsync/ssh_config NAME "
	       "kdc-apply\n"
	       "        }\n"
	       "    }\n"
	       "  on each of them, in ~root/.ssh/authorized_keys, in place of "
	       "the old primary's line:\n"
	       "    restrict,from=\"%s\",command=\"/usr/sbin/kdc-apply\" "
	       "(here: ssh_key.pub)\n",
	    cf->path, host);
}

/* What another host was until now. */
static void
print_moved(const char *realm, const char *host)
{
	printf("  systemctl enable --now " UNIT_KADMIND "\n"
	       "on the old primary, when it is up (until then kdc-verify calls "
	       "it superseded):\n"
	       "  systemctl disable --now " UNIT_KADMIND "\n"
	       "  kdc-restore --demote\n"
	       "everywhere: in krb5.conf, admin_server and primary_kdc of %s = "
	       "%s;\n"
	       "  in the DNS, _kerberos-adm._tcp and _kerberos-master._udp\n",
	    realm, host);
}

/* What ran meanwhile knows the master keys of before. */
static void
print_restart(const struct plan *p)
{
	char words[USERS_WORDS];

	if (p->users.n == 0 || p->r->promote)
		return;
	users_words(&p->users, words);
	printf("  systemctl restart " UNIT_KDC " " UNIT_KADMIND ": %s ran "
	       "meanwhile\n",
	    words);
}

static void
tell(const struct plan *p, const struct manifest *begun)
{
	const struct restore *r = p->r;
	char from[SHOW_ID], id[SHOW_ID];

	show_id(&r->source->seal.m, from);
	show_id(begun, id);
	say_info("%s: generation %s is live%s, and published as %s",
	    r->place->db, from, r->promote ? ": this host is the primary" : "",
	    id);
	if (strcmp(p->before, "-") != 0)
		say_info("what was there is kept in %s/%s: all keys of that "
			 "time; remove it when nobody misses anything",
		    r->state->dir, p->before);
}

int
advice_give(const struct plan *p, const struct manifest *begun)
{
	const struct restore *r = p->r;
	char host[256] = "";

	tell(p, begun);
	if (r->quiet)
		return EX_OK;
	(void)gethostname(host, sizeof(host) - 1);
	printf("still to be done here:\n");
	print_restart(p);
	if (r->cf->n_replicas == 0)
		print_replicas(r->cf, host);
	printf("  kdc-snapshot, which ships that to the replicas%s\n",
	    r->promote || p->was == ROLE_NONE
		? "; then its cron line, /etc/cron.d/kdcsync"
		: "");
	if (p->was != ROLE_PRIMARY)
		print_moved(r->place->realm, host);
	return show_end() == -1 ? EX_IOERR : EX_OK;
}
