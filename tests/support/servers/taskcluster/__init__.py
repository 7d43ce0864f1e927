"""Taskcluster for tests: the services, a small worker, and `Cluster` that starts both in the process of a test.

    with Cluster() as cluster:
        cluster.start_worker(binaries=BIN, parallel=2)
        mapper = cluster.create(command=["af-task", "map", "s3://bucket/key"], payload={"artifacts": {...}})
        status = cluster.wait_for_task(mapper, seconds=60)
        data = cluster.artifact(mapper, "af/manifest.json")
"""
from taskcluster.cluster import Cluster

__all__ = ["Cluster"]
