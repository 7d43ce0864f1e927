"""Taskcluster for tests as a program: python3 -m taskcluster --worker proj-af/ci --binaries build/release/bin

Prints what a client needs as shell assignments, one a line, and runs until SIGTERM or SIGINT.
"""
import argparse
import signal

from taskcluster.cluster import Cluster


def assignment(text):
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text} is not NAME=VALUE")
    return name, value


def parse(arguments=None):
    parser = argparse.ArgumentParser(prog="taskcluster", description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0, help="of the API (default: a free one)")
    parser.add_argument("--bucket-port", type=int, default=0, help="of the signed URLs (default: a free one)")
    parser.add_argument("--schemas", default="auto", help="schemas.json (default: where the recordings are, if at all)")
    parser.add_argument("--claim-seconds", type=float, default=1200, help="until a claim runs out")
    parser.add_argument("--latency-ms", type=float, default=0, help="before each answer of the API")
    parser.add_argument("--worker", action="append", default=[], metavar="QUEUE", help="run a worker for this queue")
    parser.add_argument("--parallel", type=int, default=1, help="tasks at once on each worker")
    parser.add_argument("--binaries", help="a folder in front of the PATH of tasks")
    parser.add_argument("--env", action="append", default=[], type=assignment, metavar="NAME=VALUE",
                        help="a variable that the image sets")
    return parser.parse_args(arguments)


def main():
    options = parse()
    stops = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stops)
    with Cluster(options.schemas, port=options.port, bucket_port=options.bucket_port,
                 claim_seconds=options.claim_seconds, latency_seconds=options.latency_ms / 1000) as cluster:
        for queue in options.worker:
            cluster.start_worker(queue, parallel=options.parallel, binaries=options.binaries,
                                 environment=dict(options.env))
        for name, value in cluster.environment().items():
            print(f"{name}={value}", flush=True)
        signal.sigwait(stops)


if __name__ == "__main__":
    main()
