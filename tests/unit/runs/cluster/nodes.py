"""A Ray cluster of several nodes on this machine, in a process of its own: Ray's warnings are not ours, and it ends with it.

python -m tests.unit.runs.cluster.nodes COUNT     # prints its address; "kill" on its standard input ends the last node
"""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ptlib.base import paths
from ptlib.runs.cluster import ray_pool

MEMORY = 80 * 2**20


def main(count: int) -> None:
    """Start `count` nodes with one processor each, the first of them the head, then do as told."""
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "object_store_memory": MEMORY})
    nodes = [cluster.add_node(num_cpus=1, object_store_memory=MEMORY, wait=False) for _ in range(count - 1)]
    cluster.wait_for_nodes()
    print(cluster.address, flush=True)
    for _ in sys.stdin:
        cluster.remove_node(nodes.pop(), allow_graceful=False)
        print(1 + len(nodes), flush=True)
    cluster.shutdown()


@dataclass
class Nodes:
    """The cluster as a test sees it."""

    process: subprocess.Popen[str]
    environment: dict[str, str]
    """Of whoever joins it."""

    def kill(self) -> int:
        """End a node at once; how many are left."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write("kill\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@contextmanager
def cluster(count: int) -> Iterator[Nodes]:
    """So many nodes, gone in the end."""
    told = {**ray_pool.ALWAYS, **ray_pool.LOCAL, "RAY_AUTH_TOKEN": secrets.token_hex(32), "OMP_NUM_THREADS": "1"}
    environment = {**os.environ, **told}
    environment.pop("RAY_ADDRESS", None)
    words = [sys.executable, "-m", "tests.unit.runs.cluster.nodes", str(count)]
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(words, cwd=paths.ROOT, env=environment, stdin=pipe, stdout=pipe, stderr=nothing, text=True) as process:
        try:
            assert process.stdout is not None and process.stdin is not None
            address = process.stdout.readline().strip()
            assert address, "the cluster did not start"
            yield Nodes(process, {**environment, "RAY_ADDRESS": address})
            process.stdin.close()
            process.wait(30)
        finally:
            process.kill()


if __name__ == "__main__":
    main(int(sys.argv[1]))
