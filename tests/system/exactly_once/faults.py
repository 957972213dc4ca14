"""The faults of the scenarios. Each is called once for each fault, with the field on which the engines work."""

import time

from program import wait_until

TRANSACTION_TIMEOUT_SECONDS = 10  # after which a broker gives up the transaction of an owner that is silent


def kill_engine(field):
    """kill -9 of an engine, at a moment of its start or of its work; it is started again at once."""
    engine = field.chance.choice(field.running())
    field.let_pass(field.chance.choice((0.05, 0.3, 1, 2)) * field.chance.random())
    engine.kill()
    field.note("kill -9", engine.name)
    engine.start()


def restart_engine(field):
    """kill -9 of an engine at work, and its start over the state that it kept; notes when each task works again."""
    engine = field.an_owner()
    field.let_pass(field.chance.random())
    tasks, pid = field.watch.tasks_of(engine.pid), engine.pid
    engine.kill()
    field.note("kill -9", engine.name)
    at = time.monotonic()
    engine.start()
    field.others_take_over("restart", engine, tasks, pid, at)


def pause_owner(field):
    """SIGSTOP of an owner for longer than its transactions last; another process takes over; then SIGCONT."""
    engine = field.an_owner()
    field.let_pass(field.chance.random())
    tasks = field.watch.tasks_of(engine.pid)
    at = time.monotonic()
    engine.pause()
    field.note("SIGSTOP", engine.name)
    field.others_take_over("SIGSTOP", engine, tasks, engine.pid, at)
    field.let_pass(max(0, at + TRANSACTION_TIMEOUT_SECONDS + 1 + 2 * field.chance.random() - time.monotonic()))
    engine.resume()
    field.note("SIGCONT", engine.name)
    field.steps_go_on()
    engine.must_run()


def kill_broker(field):
    """kill -9 of the only broker, and its restart over its data."""
    field.let_pass(field.chance.random())
    field.brokers.kill(1)
    field.note("kill -9", "broker 1")
    field.let_pass(field.chance.choice((0, 0.5, 2, 6)) * field.chance.random())
    field.brokers.restart(1)
    field.note("start", "broker 1")
    field.steps_go_on()


def kill_one_of_three_brokers(field):
    """kill -9 of one broker; the work goes on with the two others; then it is started again."""
    broker = field.chance.randint(1, field.brokers.count)
    field.let_pass(field.chance.random())
    field.brokers.kill(broker)
    field.note("kill -9", f"broker {broker}")
    field.steps_go_on()
    field.let_pass(3 * field.chance.random())
    field.brokers.restart(broker)
    field.note("start", f"broker {broker}")
    wait_until(field.brokers.replicas_in_sync, "all replicas are in sync again")


def join_or_leave(field):
    """A process is killed, stopped, or started; each kind comes once in three, where it can."""
    down = [engine for engine in field.engines if not engine.runs()]
    up = field.running()
    wanted = ("kill -9", "start", "SIGTERM")[field.number % 3]
    if not down:
        wanted = "kill -9" if wanted == "start" else wanted
    elif len(up) == 1:
        wanted = "start"
    field.let_pass(field.chance.random())
    if wanted == "start":
        engine = field.chance.choice(down)
        engine.start()
        field.note("start", engine.name)
        field.steps_go_on()
        return
    engine = field.an_owner()
    tasks, pid, at = field.watch.tasks_of(engine.pid), engine.pid, time.monotonic()
    if wanted == "kill -9":
        engine.kill()
    else:
        engine.stop()
    field.note(wanted, engine.name)
    field.others_take_over(wanted, engine, tasks, pid, at)
