#include "gauges.h"

#include "../sys/file.h"
#include "../sys/say.h"
#include "../store/metrics.h"

#define TEXT_MAX 65536

static int64_t
get_ms(struct span text, const char *realm, const char *name)
{
	const char *labels[] = { "realm", realm, NULL };

	return metrics_get_ms(text, name, labels);
}

void
gauges_decode(struct span text, const char *realm, struct gauges *g)
{
	*g = (struct gauges){
		.success = get_ms(text, realm, "drill_success") == 1000,
		.ran = get_ms(text, realm, "drill_timestamp_seconds") / 1000,
		.succeeded =
		    get_ms(text, realm, "drill_success_timestamp_seconds") /
		    1000,
		.duration_ms = get_ms(text, realm, "drill_duration_seconds"),
		.as_of =
		    get_ms(text, realm, "drill_as_of_timestamp_seconds") / 1000,
		.principals = get_ms(text, realm, "drill_principals") / 1000,
	};
}

/* Of what stood there only what the last good one left is of use. */
static void
take_old(const char *path, const char *realm, struct gauges *g)
{
	struct bytes text = BYTES_NONE, unheard = BYTES_NONE;
	struct gauges old;

	say_capture(&unheard);
	(void)file_read(path, TEXT_MAX, &text);
	say_capture(NULL);
	gauges_decode((struct span){ text.p, text.len }, realm, &old);
	old.success = false;
	old.ran = g->ran;
	*g = old;
	bytes_release(&text);
	bytes_release(&unheard);
}

static void
put(struct metrics *m, const char *realm, const char *name, const char *help,
    int64_t value)
{
	const char *labels[] = { "realm", realm, NULL };

	metrics_name(m, name, help);
	metrics_put(m, name, labels, value);
}

static void
put_ms(struct metrics *m, const char *realm, const char *name, const char *help,
    int64_t ms)
{
	const char *labels[] = { "realm", realm, NULL };

	metrics_name(m, name, help);
	metrics_put_ms(m, name, labels, ms);
}

int
gauges_write(const char *path, const char *realm, struct gauges *g)
{
	struct metrics m;

	if (!g->success)
		take_old(path, realm, g);
	if (metrics_begin(&m) == -1)
		return -1;
	put(&m, realm, "drill_success", "1 if the last drill was good.",
	    g->success);
	put(&m, realm, "drill_timestamp_seconds", "When the last drill ended.",
	    g->ran);
	put(&m, realm, "drill_success_timestamp_seconds",
	    "When the last good drill ended; 0: never.", g->succeeded);
	put_ms(&m, realm, "drill_duration_seconds",
	    "Time to recover, of the last good drill.", g->duration_ms);
	put(&m, realm, "drill_as_of_timestamp_seconds",
	    "Until when the last good drill had the data.", g->as_of);
	put(&m, realm, "drill_principals", "How many the last good drill had.",
	    g->principals);
	return metrics_commit(&m, path);
}
