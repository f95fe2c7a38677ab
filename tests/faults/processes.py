# SPDX-License-Identifier: Apache-2.0
"""The processes of a life, and what happens to each: signals, a thread that stands still, a log that nobody reads, and tables
that are made again while it sleeps."""

import contextlib
import fcntl
import os
import re
import signal
import subprocess
import threading
import time

import schedule
from support import fleet as integration
from support import threads
from support.fleet import WAIT_S

SET_PIPE_SIZE, PIPE_BYTES = 1031, 4096  # F_SETPIPE_SZ, which Python 3.10 names; a page is the least
GONE_LEDGER = re.compile("create-tables|ledger.foreign|made again since|does not exist|permission denied")  # in the last words of who needs a ledger


class Heard(integration.Process):
    """A program whose log is a small pipe, which is read into the file, or for a while by nobody."""

    def __init__(self, command, environment, log):
        self.command, self.log, self.expected = [str(part) for part in command], log, {0}
        self.may_read = threading.Event()
        self.may_read.set()
        reading, writing = os.pipe()
        fcntl.fcntl(writing, SET_PIPE_SIZE, PIPE_BYTES)
        self.log.touch()
        self.child = subprocess.Popen(
            self.command, stdin=subprocess.DEVNULL, stdout=writing, stderr=writing,
            env=environment | {"COPYFLEET_FLEET_LOG_LEVEL": "debug"},
        )
        os.close(writing)
        self.reader = threading.Thread(target=self.read, args=(reading,), daemon=True)
        self.reader.start()

    def read(self, pipe):
        with open(self.log, "wb", buffering=0) as file:
            while data := os.read(pipe, PIPE_BYTES):
                file.write(data)
                self.may_read.wait()
        os.close(pipe)

    @property
    def text(self):
        if not self.is_running:
            self.reader.join(WAIT_S)
        return super().text

    def finish(self):
        self.may_read.set()
        return super().finish()


class Place:
    """A place in the fleet: one process after the other runs in it. Who acts on it holds its lock."""

    def __init__(self, life, name):
        self.life, self.name, self.is_worker, self.lock = life, name, name in schedule.WORKERS, threading.Lock()
        self.start()

    def start(self):
        self.drops = self.life.drops
        with self.life.lock:  # a process's log is named by how many there are
            if self.is_worker:
                self.process = self.life.fleet.worker(environment=self.life.roles.worker)
            else:
                self.process = self.life.fleet.start_copyfleet("watch")
        self.life.say(f"{self.name} is process {self.process.child.pid}, {self.process.log.name}")

    def do(self, action, *arguments):
        with self.lock:
            self.check()
            getattr(self, action)(*arguments)

    def check(self):
        """Nothing that happens to it may end a process but a signal, and the end of its ledger."""
        if self.process.is_running:
            return
        if self.drops != self.life.drops and GONE_LEDGER.search(self.last_words()):
            self.process.expect(2, 3)
        else:
            self.life.problem(f"{self.name} ended by itself with {self.process.child.returncode}: {self.process.text[-2000:]}")
        self.start()

    def last_words(self):
        """What it says at its end, and what it said that it ends of: after that it may still have much to say."""
        text = self.process.text
        return "\n".join(line for line in text.splitlines() if "level=error" in line) + text[-2000:]

    # --- signals -------------------------------------------------------------------------------------------------------------

    def kill(self, down_s):
        self.process.kill9()
        time.sleep(down_s)
        self.start()

    def stop(self, seconds, met_at, jump):
        """Where the server's clock jumps then, what it last said of itself lies in the future."""
        with self.met(met_at):
            self.process.signal(signal.SIGSTOP)
        if jump:
            self.life.jump(jump)
        try:
            self.last("a stopped process's tasks", seconds)
        finally:
            self.process.signal(signal.SIGCONT)

    def terminate(self, down_s):
        """A worker whose server answers nothing gives up, with 3, what it cannot roll back."""
        code = self.process.terminate()
        if code == 3 and self.is_worker and "event=worker.killed" in self.process.text:
            self.process.expect(3)
        time.sleep(down_s)
        self.start()

    def reload(self, _):
        """Once it can hear it: to a program that has only just been started SIGHUP is the end."""
        self.process.wait_for_text("event=watch.started")
        self.process.signal(signal.SIGHUP)

    # --- a part of it stands still -----------------------------------------------------------------------------------------------

    def hang(self, seconds, met_at, number):
        """One thread, while its sisters go on: an executor or, as often as each of them, the heartbeat."""
        with contextlib.ExitStack() as held:
            held.enter_context(self.met(met_at))
            own = threads.named(self.process.child.pid, r"executor/\d+|heartbeat")
            if not own:
                return  # only just begun
            with contextlib.suppress(ProcessLookupError), threads.stopped(own[number % len(own)]):
                held.close()
                self.last("a hung thread's tasks", seconds)

    def block(self, seconds, met_at):
        """Nobody reads its log, and the pipe fills."""
        with self.met(met_at):
            self.process.may_read.clear()
        try:
            self.last("tasks of whose log nobody reads", seconds)
        finally:
            self.process.may_read.set()

    def last(self, whose, seconds):
        """For so long, and until others have done what it was at, if it was, and if there are others."""
        began, named = time.time(), f"%:{self.process.child.pid}-%"
        tasks = self.life.ask("SELECT run, task FROM copyfleet.attempts WHERE ended_at IS NULL AND worker LIKE %s", (named,))
        over = "SELECT WHERE NOT EXISTS (SELECT FROM copyfleet.tasks WHERE state = 'planned' AND (run, task) IN %s)"
        if tasks and self.life.waiting.acquire(blocking=False):
            try:
                what = f"{self.name}'s tasks {tasks} are settled by others"
                self.life.wait_in_health(lambda: self.life.ask(over, (tuple(tasks),)), what)
                self.life.note_recovery(whose, time.time() - began)
            finally:
                self.life.waiting.release()
        time.sleep(max(0, began + seconds - time.time()))

    # --- the tables are made again ------------------------------------------------------------------------------------------------

    def outlive(self, met_at, is_orderly):
        """It is stopped in the middle of what the lock of this name holds up, and comes back to another ledger. The others are
        begun again by whoever makes the tables again, before it or after it."""
        with self.life.trouble, self.life.waiting:
            with self.met(met_at):
                self.process.signal(signal.SIGSTOP)
            run = self.life.last_run()
            self.begin_anew(is_orderly)
        self.life.wait_a_while(lambda: self.life.last_run() >= run, "the new ledger has as many runs")
        self.process.signal(signal.SIGCONT)
        self.life.wait_a_while(lambda: not self.process.is_running or "ledger.foreign" in self.process.text, f"{self.name} sees it")
        self.end_old()
        self.start()

    def begin_anew(self, is_orderly):
        """The tables, and all processes but this one."""
        with contextlib.ExitStack() as stack:
            others = [place for place in self.life.places.values() if place is not self]
            for place in others:
                stack.enter_context(place.lock)
            for place in others if is_orderly else ():
                if place.is_worker:  # the coordinators end what the stopped one holds
                    place.end_old()
            self.life.make_anew()
            for place in others:
                place.end_old()
                place.start()

    @contextlib.contextmanager
    def met(self, name):
        """The block begins when it waits for the lock of this name, if it comes there soon; the lock ends with the block. The lock is
        taken once there is something to do, since it may hold up the coordinators too."""
        waits = (
            "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            " AND application_name LIKE 'copyfleet-worker %%' AND application_name LIKE %s"
        )
        named, due = (f"%:{self.process.child.pid}-%",), "SELECT FROM copyfleet.tasks WHERE state = 'planned'"
        with contextlib.ExitStack() as stack:
            if name:
                self.life.wait_a_while(lambda: self.life.ask(due), "a task is planned")
                stack.enter_context(self.life.held(name))
                self.life.wait_a_while(lambda: self.life.ask(waits, named), f"{self.name} waits at {name}")
            yield

    def end_old(self):
        """With 0, or with what it says of a ledger that has gone."""
        if self.process.is_running:
            self.process.terminate()
        if GONE_LEDGER.search(self.last_words()) or "event=worker.killed" in self.process.text:
            self.process.expect(2, 3)
