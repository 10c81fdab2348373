#include "stop.h"
#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

static volatile sig_atomic_t asked;
static int pipe_fd[2] = { -1, -1 };

static void
on_signal(int sig)
{
	int saved = errno;

	asked = sig;
	if (write(pipe_fd[1], "", 1) == -1)
		asked = sig; /* full is as good as written */
	errno = saved;
}

void
stop_watch(void)
{
	struct sigaction act, was;

	if (pipe2(pipe_fd, O_CLOEXEC | O_NONBLOCK) == -1)
		return; /* then they kill, as ever */
	memset(&act, 0, sizeof(act));
	act.sa_handler = on_signal;
	sigemptyset(&act.sa_mask);
	for (size_t i = 0; i < SIGNALS; i++)
		if (sigaction(signals[i], NULL, &was) == 0 &&
		    was.sa_handler != SIG_IGN)
			(void)sigaction(signals[i], &act, NULL);
}

int
stop_fd(void)
{
	return pipe_fd[0];
}

bool
stop_asked(void)
{
	return asked != 0;
}

void
stop_die(void)
{
	int sig = asked;

	if (sig == 0)
		return;
	say("stopped by signal %d (%s)", sig, strsignal(sig));
	(void)signal(sig, SIG_DFL);
	(void)raise(sig);
}
