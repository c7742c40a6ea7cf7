# SPDX-License-Identifier: BSD-2-Clause
"""trial.py - a test as it is, and with a bug; and lines of TAP."""
import os
import queue
import re
import threading
import time

import build

LIMIT = float(os.environ.get("XMEM_SEED_TIMEOUT", "120"))


class Tap:
    """Numbered lines, from several threads."""

    def __init__(self):
        self.lock = threading.Lock()
        self.nr = 0
        self.bad = 0

    def line(self, what, wrong=None, more=None):
        with self.lock:
            self.nr += 1
            self.bad += wrong is not None
            mark = "ok" if wrong is None else "not ok"
            print(f"{mark} {self.nr} - {what}"
                  + (f" ({wrong})" if wrong else ""), flush=True)
            for line in (more or "").splitlines()[-12:]:
                print(f"# {line}", flush=True)

    def end(self):
        print(f"1..{self.nr}")
        return 1 if self.bad else 0


def in_parallel(jobs, prepare=lambda number: None):
    """Call each of @jobs with what @prepare made for its thread."""
    todo = queue.SimpleQueue()
    for job in jobs:
        todo.put(job)

    def work(number):
        own = prepare(number)
        while True:
            try:
                job = todo.get_nowait()
            except queue.Empty:
                return
            job(own)

    threads = [threading.Thread(target=work, args=(i,), daemon=True)
               for i in range(os.cpu_count() or 1)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


class Program:
    """A test as the settings of a seed want it."""

    def __init__(self, settings):
        name, *flags = settings["test"].split()
        self.test = build.Test(name, flags)
        self.env = {"XMEM_TEST_PERCENT": settings.get("percent", "100")}
        if "only" in settings:
            self.env["XMEM_TEST_ONLY"] = settings["only"]
        more = settings.get("caught")
        self.caught = re.compile("^not ok" + (f"|{more}" if more else ""))
        self.wrong = None
        self.limit = LIMIT
        self.ready = threading.Event()  # it was checked

    def has_passed(self, percent):
        """Did it, as it is, when tests were run with @percent of the steps?"""
        return not self.test.own and "XMEM_TEST_ONLY" not in self.env and \
            int(self.env["XMEM_TEST_PERCENT"]) <= percent

    def check(self, objects, passed=0):
        """Run it as it is, unless it has @passed with as many percent."""
        program = self.test.program
        self.wrong = self.test.prepare(objects)
        if self.wrong is None and self.test.own:
            program = f"{build.B}/{os.path.basename(self.test.name)}" \
                      f"-{self.test.key}-{'-'.join(self.env.values())}"
            self.wrong = self.test.link(program)
        if self.wrong is None and not self.has_passed(passed):
            begun = time.monotonic()
            line, status = build.run(program, self.env, self.caught, LIMIT)
            self.seconds = time.monotonic() - begun
            if line is not None or status != 0:
                self.wrong = f"unchanged it fails: {line or status}"

    def verdict(self, worker, changed):
        """(line that noticed it, None) or (None, what is wrong)."""
        wrong = worker.build(self.test, changed)
        if wrong is not None:
            return None, "does not compile:\n" + wrong
        line, status = build.run(f"{worker.dir}/test", self.env, self.caught,
                                 self.limit)
        if line is not None:
            return line, None
        if status == 0:
            return None, f"not caught by {self.test.name}"
        if status == "hang":
            return None, f"hang of {self.test.name}"
        return None, f"no test failed, but {self.test.name} ended: {status}"
