"""Faults of the store and of the run that sends to it."""

from __future__ import annotations

import os
import signal
from dataclasses import replace

from tests.faults.original.flow import Flow
from tests.faults.original.judging import Judgement, Trial, lost, must_fail, must_succeed, survived
from tests.faults.original.source import DB
from tests.faults.s3_proxy import FOR_EVER, Fault, Refuse, S3Proxy, Say, Stall
from tests.waiting import until

INSIDE_200 = Say(200, b"<Error><Code>InternalError</Code><Message>half-way</Message></Error>")


def passes(operation: str, fault: Fault, *, times: int = 1, part: int | None = None) -> Trial:
    def trial(flow: Flow) -> Judgement:
        with S3Proxy(str(flow.direct.endpoint)) as proxy:
            proxy.fault(operation, fault, times=times, part=part)
            return must_succeed(flow.seen_through(proxy.url), DB)

    return trial


def stays(operation: str, fault: Fault, *, part: int | None = None) -> Trial:
    def trial(flow: Flow) -> Judgement:
        with S3Proxy(str(flow.direct.endpoint)) as proxy:
            proxy.fault(operation, fault, times=FOR_EVER, part=part)
            seen = flow.seen_through(proxy.url)
            return must_fail(seen, DB, seen.backup_line(DB), deadline=120)

    return trial


def expired(flow: Flow) -> Judgement:
    with S3Proxy(str(flow.direct.endpoint)) as proxy:
        proxy.fault("UploadPart", Refuse(400, "ExpiredToken"), part=2, times=FOR_EVER)
        proxy.fault("AbortMultipartUpload", Refuse(403, "AccessDenied"), times=FOR_EVER)
        seen = flow.seen_through(proxy.url)
        return must_fail(seen, DB, seen.backup_line(DB), deadline=120)


def skewed(flow: Flow) -> Judgement:
    with S3Proxy(str(flow.direct.endpoint)) as proxy:
        skew = Refuse(403, "RequestTimeTooSkewed", clock_off=20 * 60)
        proxy.fault("CreateMultipartUpload", skew, times=FOR_EVER)
        seen = flow.seen_through(proxy.url)
        ended = seen.run(seen.backup_line(DB))
        if ended.code and b"20 min" not in ended.said and b"19 min" not in ended.said:
            return lost(f"exit {ended.code}, and not a word on how far the clocks differ")
        return survived(f"exit {ended.code}")


def no_bucket(flow: Flow) -> Judgement:
    wrong = replace(flow, target=replace(flow.direct, bucket="no-such-bucket"))
    ended = wrong.run(wrong.backup_line(DB))
    if ended.code and flow.file.exists():
        return lost(f"exit {ended.code}, told after the whole dump was made")
    return survived(f"exit {ended.code}")


def ended_while_sending(number: signal.Signals) -> Trial:
    def trial(flow: Flow) -> Judgement:
        with S3Proxy(str(flow.direct.endpoint)) as proxy:
            proxy.fault("UploadPart", Stall(), part=2, times=FOR_EVER)
            seen = flow.seen_through(proxy.url)
            process = seen.start(seen.backup_line(DB))
            until(lambda: proxy.count("UploadPart") > 1)
            os.killpg(process.pid, number)
            ended = seen.ended(process, 15)
        if flow.bucket.open_uploads(""):
            return lost("an open upload is left that nothing tells of")
        return survived("nothing is left") if ended.code is not None else lost("it did not end")

    return trial
