/*
 * How long a client waits: waits login|write PRINCIPAL KEYTAB [PERIOD]
 *			    waits once KEYTAB PRINCIPAL...
 *
 * Every PERIOD milliseconds (20), until it is killed: a login of PRINCIPAL at
 * the KDC that krb5.conf names, or, by root/admin over the network, new keys for
 * it.  A call that takes longer than PERIOD is followed by the next at once.  once:
 * one login of each, without a pause.
 * One line a call: when it began (microseconds since 1970), how long it took
 * (microseconds), its error code, 0 for none.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <kadm5/admin.h>
#include <krb5.h>

#define ADMIN "root/admin"

static int64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void
sleep_us(int64_t us)
{
	struct timespec t = { us / 1000000, us % 1000000 * 1000 };

	if (us > 0)
		(void)nanosleep(&t, NULL);
}

struct client {
	krb5_context ctx;
	krb5_principal who;
	krb5_keytab keytab;
	void *kadmin; /* NULL: logs in */
};

static krb5_error_code
call(const struct client *c)
{
	krb5_creds creds;
	krb5_error_code rc;

	if (c->kadmin != NULL)
		return (krb5_error_code)kadm5_randkey_principal(
		    c->kadmin, c->who, NULL, NULL);
	rc = krb5_get_init_creds_keytab(
	    c->ctx, &creds, c->who, c->keytab, 0, NULL, NULL);
	if (rc == 0)
		krb5_free_cred_contents(c->ctx, &creds);
	return rc;
}

/* One more, and its line. */
static int64_t
measure(const struct client *c)
{
	int64_t start = now_us(), took;
	krb5_error_code rc = call(c);

	took = now_us() - start;
	printf("%lld %lld %ld\n", (long long)start, (long long)took, (long)rc);
	return took;
}

static krb5_error_code
once(char *const argv[])
{
	struct client c = { 0 };
	krb5_error_code rc = krb5_init_context(&c.ctx);

	if (rc == 0)
		rc = krb5_kt_resolve(c.ctx, *argv, &c.keytab);
	for (argv++; rc == 0 && *argv != NULL; argv++) {
		rc = krb5_parse_name(c.ctx, *argv, &c.who);
		if (rc == 0)
			(void)measure(&c);
		krb5_free_principal(c.ctx, c.who);
		c.who = NULL;
	}
	return rc;
}

static int
usage(void)
{
	fputs("usage: waits login|write PRINCIPAL KEYTAB [PERIOD]\n"
	      "       waits once KEYTAB PRINCIPAL...\n",
	    stderr);
	return 64;
}

static krb5_error_code
begin(struct client *c, char *argv[])
{
	kadm5_config_params params = { 0 };
	char service[] = KADM5_ADMIN_SERVICE;
	krb5_error_code rc;

	rc = strcmp(argv[1], "write") == 0 ? kadm5_init_krb5_context(&c->ctx)
					   : krb5_init_context(&c->ctx);
	if (rc == 0)
		rc = krb5_parse_name(c->ctx, argv[2], &c->who);
	if (rc == 0)
		rc = krb5_kt_resolve(c->ctx, argv[3], &c->keytab);
	if (rc == 0 && strcmp(argv[1], "write") == 0)
		rc = (krb5_error_code)kadm5_init_with_skey(c->ctx, ADMIN,
		    argv[3], service, &params, KADM5_STRUCT_VERSION,
		    KADM5_API_VERSION_4, NULL, &c->kadmin);
	return rc;
}

int
main(int argc, char *argv[])
{
	struct client c = { 0 };
	int64_t period = 20000, took;
	krb5_error_code rc;
	bool each = argc > 1 && strcmp(argv[1], "once") == 0;

	if (argc < 4 || (!each && argc > 5))
		return usage();
	if (!each && argc > 4)
		period = (int64_t)strtol(argv[4], NULL, 10) * 1000;
	rc = each ? once(argv + 2) : begin(&c, argv);
	if (rc != 0) {
		fprintf(stderr, "waits: %s %s: %s\n", argv[1], argv[2],
		    error_message(rc));
		return 1;
	}
	if (each)
		return fflush(stdout) == EOF;
	for (;;) {
		took = measure(&c);
		if (fflush(stdout) == EOF)
			return 1;
		sleep_us(period - took);
	}
}
