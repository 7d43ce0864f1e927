// The artifacts of a cluster's tasks, for commands that read them.
#pragma once

#include "cli/cluster.hpp"
#include "stages/taskcluster/artifact_store.hpp"

namespace af {

// What artifacts are read with; outlived by the cluster.
struct ArtifactReading {
    explicit ArtifactReading(Cluster& cluster)
        : retrier{cluster.session().clock(), seeded_random(), object_policy(), &cluster.session().brake()},
          store(cluster.client(), cluster.session().http(), retrier, cluster.session().stored_blocks()) {}
    Retrier retrier;
    ArtifactStore store;
};

}  // namespace af
