"""The store alone: threads that write through db.h, without HTTP; and the bare loops."""
import os

from ground import asked, median, tool

SUBMISSION, TOUCHPOINT = "INSERT INTO submission", "INSERT INTO touchpoint"
KINDS = {"plain": ("submissions", SUBMISSION),
         "event": ("events, a write each", TOUCHPOINT),
         "append": ("events, appended", TOUCHPOINT),
         "batch": ("events, appended by 50", TOUCHPOINT)}


def write(bench, what, threads, scanners=0, env=None):
    data = bench.copy(bench.with_forms(), "written")
    said = asked(tool("writers"), *bench.engine.arguments(data), what, str(threads),
                 str(bench.size.ms), str(scanners), env={**os.environ, **(env or {})})
    if said["failed"] > 0:
        raise SystemExit(f"bench: {threads} writers of {what}: {said}")
    return said


def store(bench):
    for what in bench.size.kinds:
        title, only = KINDS[what]
        for threads in bench.size.writers:
            for scanners in bench.size.scanners:
                said = median([write(bench, what, threads, scanners)
                               for _ in range(bench.size.repeats)])
                beside = " beside one who reads all" if scanners else ""
                bench.row(f"store: {title}, {threads} writer{'s' if threads > 1 else ''}{beside}",
                          f"{said['per_s']:,.0f}/s, p50 {said['p50_ms']:.1f} ms, p99 "
                          f"{said['p99_ms']:.1f} ms")
        trace = bench.path("trace")
        recorded = write(bench, what, 64, env=bench.record(trace))
        bench.against(f"store: {title}, 64 writers", lambda: write(bench, what, 64), trace, only,
                      bar=70 if what == "plain" else None,
                      rows=None if what == "plain" else recorded["writes"])
        os.remove(trace)
