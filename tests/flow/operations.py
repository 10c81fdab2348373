#!/usr/bin/env python3
"""What happens to a realm, at random: the same SEED, the same story.

usage: operations.py SEED CYCLES DIR

Writes DIR/1, DIR/2 ... DIR/CYCLES, one cycle each, to be done line by line:

    local QUERY             by kadmin.local on the primary
    net QUERY               by kadmin, through kadmind
    login HOST NAME PASSWORD    at that host's KDC, right or wrong
    replica2 up|gone|cut N  from now on: reachable, or not, or every session
                            breaks when N bytes have gone to it
    lose HOST               its state directory loses its dumps
    kill MS                 a kdc-snapshot, killed after so many milliseconds
    ship OPTION...          kdc-snapshot; the last line of each cycle

A model of the realm sees to it that each query has something to do and ought
to succeed.  At the last cycle everybody is reachable.
"""
import os
import random
import sys

REALM = "EXAMPLE.TEST"
FEW, MANY = 40, 90      # principals
ODD = ["/", "@", " ", "  ", "\u00fc", "\u6f22\u5b57", "'", '"', "\\", "$(x)",
       "%s", "#", "*", "?", ";", "\t", "=", ":", "..", "-", "\u00e9", "\U0001f511"]
ESCAPED = {"/": "\\/", "@": "\\@", "\\": "\\\\", "\t": "\\t"}
FLAGS = ["allow_postdated", "allow_forwardable", "allow_tgs_req",
         "allow_renewable", "allow_proxiable", "allow_dup_skey", "allow_tix",
         "requires_preauth", "requires_hwauth", "needchange", "allow_svr",
         "password_changing_service", "ok_as_delegate",
         "ok_to_auth_as_delegate", "no_auth_data_required"]
KEYS = ["note", "session_enctypes", "pkinit_cert_match", "x y", "\u00e4"]
LOGGERS = ["logger1", "logger2", "logger3"]


def quoted(word):
    """As kadmin's reader wants it."""
    return '"%s"' % word.replace('"', '""')


class Story:
    def __init__(self, seed):
        self.chance = random.Random("operations %s" % seed)
        self.princs = {}        # name as kadmin parses it: its policy or None
        self.strings = {}       # the same: set of string attributes
        self.policies = {}      # name: least number of characters
        self.count = 0          # no name and no password comes twice
        self.up = True
        self.lines = []

    # --- words --------------------------------------------------------------

    def maybe(self, part):
        return self.chance.random() < part

    def pick(self, what):
        return self.chance.choice(sorted(what))

    def component(self):
        self.count += 1
        text = "%s%d" % (self.chance.choice("abxyz"), self.count)
        if self.maybe(0.4):
            for _ in range(self.chance.randint(1, 3)):
                odd = self.chance.choice(ODD)
                at = self.chance.randint(0, len(text))
                text = text[:at] + odd + text[at:]
        # kadmin would take it for an option; and takes \\@ for \@.
        text = text.lstrip("-").rstrip("\\")
        if self.maybe(0.03):
            text += "long" * 70
        return "".join(ESCAPED.get(c, c) for c in text)

    def name(self):
        text = self.component()
        while self.maybe(0.25):
            text += "/" + self.component()
        if self.maybe(0.05):
            text = "/" + text
        if self.maybe(0.05):
            return text + "@OTHER.TEST"
        return text + "@" + REALM

    def password(self):
        self.count += 1
        return "Pw%d-%s!x" % (self.count, self.chance.choice(["", "long" * 8]))

    def span(self):
        return "%d %s" % (self.chance.randint(1, 9), self.pick(
            ["hours", "minutes", "days"]))

    def date(self):
        if self.maybe(0.2):
            return "never"
        return "20%02d-%02d-%02d %02d:%02d:%02d UTC" % (
            self.chance.randint(27, 90), self.chance.randint(1, 12),
            self.chance.randint(1, 28), self.chance.randint(0, 23),
            self.chance.randint(0, 59), self.chance.randint(0, 59))

    # --- operations ---------------------------------------------------------

    def query(self, text):
        self.lines.append("%s %s" % (self.way, text))

    def add(self):
        name, policy = self.name(), None
        how = self.chance.choice(["-randkey", "-nokey", "", "", ""])
        if not how:
            how = "-pw " + quoted(self.password())
        if self.policies and self.maybe(0.3):
            policy = self.pick(self.policies)
            how += " -policy " + quoted(policy)
        if self.maybe(0.2):
            how += " -expire " + quoted(self.date())
        if self.maybe(0.2):
            how += " -maxlife " + quoted(self.span())
        if self.maybe(0.2):
            how += " -e aes128-cts:normal"
        self.princs[name] = policy
        self.strings[name] = set()
        self.query("addprinc %s %s" % (how, quoted(name)))

    def delete(self):
        name = self.pick(self.princs)
        del self.princs[name], self.strings[name]
        self.query("delprinc -force " + quoted(name))

    def rename(self):
        old, new = self.pick(self.princs), self.name()
        self.princs[new] = self.princs.pop(old)
        self.strings[new] = self.strings.pop(old)
        self.query("renprinc -force %s %s" % (quoted(old), quoted(new)))

    def change_password(self):
        how = self.chance.choice(["", "-keepold "])
        if self.maybe(0.3):
            how += "-randkey "
        else:
            how += "-pw %s " % quoted(self.password())
        self.query("cpw %s%s" % (how, quoted(self.pick(self.princs))))

    def purge(self):
        self.query("purgekeys " + quoted(self.pick(self.princs)))

    def add_policy(self):
        self.count += 1
        name = "p%d%s" % (self.count, self.chance.choice(
            ["", "", " with blanks", "'", "/@", "%s"]))
        self.policies[name] = True
        self.query("addpol %s %s" % (self.policy_words(), quoted(name)))

    def policy_words(self):
        words = ["-minlength %d" % self.chance.randint(1, 8),
                 "-minclasses %d" % self.chance.randint(1, 4),
                 "-history %d" % self.chance.randint(1, 5),
                 "-maxlife " + quoted(self.span()),
                 "-maxfailure %d" % self.chance.randint(0, 9),
                 "-failurecountinterval " + quoted(self.span()),
                 "-lockoutduration " + quoted(self.span()),
                 "-allowedkeysalts aes256-cts:normal,aes128-cts:normal"]
        return " ".join(self.chance.sample(words, self.chance.randint(1, 4)))

    def change_policy(self):
        if self.policies:
            self.query("modpol %s %s" % (self.policy_words(),
                                         quoted(self.pick(self.policies))))

    def delete_policy(self):
        # Those who have it keep its name: MIT lets them.
        if self.policies:
            name = self.pick(self.policies)
            del self.policies[name]
            self.query("delpol -force " + quoted(name))

    def attach(self):
        if self.policies:
            name = self.pick(self.princs)
            self.princs[name] = self.pick(self.policies)
            self.query("modprinc -policy %s %s" % (
                quoted(self.princs[name]), quoted(name)))

    def detach(self):
        have = [name for name, policy in self.princs.items() if policy]
        if have:
            name = self.pick(have)
            self.princs[name] = None
            self.query("modprinc -clearpolicy " + quoted(name))

    def set_string(self):
        name = self.pick(self.princs)
        key = self.chance.choice(KEYS)
        self.strings[name].add(key)
        self.query("setstr %s %s %s" % (quoted(name), quoted(key), quoted(
            self.component() * self.chance.randint(1, 4))))

    def delete_string(self):
        have = [name for name, keys in self.strings.items() if keys]
        if have:
            name = self.pick(have)
            key = self.pick(self.strings[name])
            self.strings[name].discard(key)
            self.query("delstr %s %s" % (quoted(name), quoted(key)))

    def attributes(self):
        words = " ".join(self.chance.choice("+-") + flag for flag in
                         self.chance.sample(FLAGS, self.chance.randint(1, 4)))
        self.query("modprinc %s %s" % (words, quoted(self.pick(self.princs))))

    def times(self):
        words = ["-expire " + quoted(self.date()),
                 "-pwexpire " + quoted(self.date()),
                 "-maxlife " + quoted(self.span()),
                 "-maxrenewlife " + quoted(self.span()),
                 "-kvno %d" % self.chance.randint(1, 9), "-unlock"]
        self.query("modprinc %s %s" % (
            " ".join(self.chance.sample(words, self.chance.randint(1, 3))),
            quoted(self.pick(self.princs))))

    def krbtgt(self):
        self.query("cpw -randkey -keepold krbtgt/%s" % REALM)
        if self.maybe(0.5):
            self.query("purgekeys krbtgt/%s" % REALM)

    def operation(self):
        self.way = self.chance.choice(["local", "net"])
        if len(self.princs) < FEW:
            return self.add()
        if len(self.princs) > MANY:
            return self.delete()
        return self.chance.choices(
            [self.add, self.delete, self.rename, self.change_password,
             self.purge, self.add_policy, self.change_policy,
             self.delete_policy, self.attach, self.detach, self.set_string,
             self.delete_string, self.attributes, self.times, self.krbtgt],
            [8, 6, 5, 12, 3, 4, 3, 3, 4, 2, 5, 2, 5, 5, 1])[0]()

    # --- cycles -------------------------------------------------------------

    def begin(self):
        self.way = "local"
        self.policies["lockout"] = True
        self.query("addpol -maxfailure 3 lockout")
        for name in LOGGERS:
            self.query("addprinc -pw right -policy lockout +requires_preauth %s" %
                       name)
        while len(self.princs) < FEW + 5:
            self.add()

    def logins(self):
        for _ in range(self.chance.randint(1, 4)):
            name = self.chance.choice(LOGGERS)
            self.lines.append("login %s %s %s" % (
                self.chance.choice(["primary", "replica1"]), name,
                self.chance.choice(["right", "wrong"])))

    def batch(self):
        """Many at once, one way or the other."""
        self.way = self.chance.choice(["local", "net"])
        if len(self.princs) > 65:
            for _ in range(self.chance.randint(15, 30)):
                self.delete()
        else:
            for _ in range(self.chance.randint(15, 30)):
                self.add()

    def weather(self, last):
        if self.up and not last and self.maybe(0.12):
            self.up = False
            self.lines.append("replica2 " + (
                "gone" if self.maybe(0.6) else
                "cut %d" % self.chance.randint(1, 6000)))
        elif not self.up and (last or self.maybe(0.25)):
            self.up = True
            self.lines.append("replica2 up")

    def work(self):
        kind = self.chance.random()
        if kind < 0.15:
            return
        if kind < 0.25:
            self.logins()
        elif kind < 0.31:
            self.batch()
        else:
            for _ in range(self.chance.randint(1, 6)):
                self.operation()
            if self.maybe(0.2):
                self.logins()

    def cycle(self, number, last):
        self.lines = []
        if number == 1:
            self.begin()
        self.weather(last)
        was = len(self.princs)
        self.work()
        if self.maybe(0.05) and number > 1:
            self.lines.append("lose " + self.chance.choice(
                ["replica1", "replica2", "replica3"]))
        if self.maybe(0.12) and number > 1:
            self.lines.append("kill %d" % self.chance.randint(0, 900))
        ship = "ship"
        if self.maybe(0.05):
            ship += " --full"
        # More than max_shrink of them, those of MIT's own not counted.
        if len(self.princs) < 0.85 * was:
            ship += " --allow-shrink"
        # The slow one is not always waited for.
        if not last and self.maybe(0.4):
            ship += " -t replica1 -t replica2"
        self.lines.append(ship)
        return "".join(line + "\n" for line in self.lines)


def main():
    seed, cycles, where = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    story = Story(seed)
    for number in range(1, cycles + 1):
        text = story.cycle(number, number == cycles)
        with open(os.path.join(where, str(number)), "w",
                  encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main()
