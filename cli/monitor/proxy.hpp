// The calls that the monitor page makes, made with the user's credentials: list one group, read artifacts of its tasks.
//
// Again    a list is asked for once: the page has a rhythm of its own. Artifacts are read as everywhere: resumed,
//          verified.
// Threads  any but the network thread, which they wait for. The cluster outlives the proxy and its downloads.
#pragma once

#include "cli/cluster.hpp"
#include "stages/object_reader.hpp"
#include "stages/taskcluster/artifact_store.hpp"

#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace af {

// An artifact on its way, block by block.
class MonitorDownload {
public:
    MonitorDownload(Session& session, ArtifactStore& store, const Retrier& with, const ArtifactName& name,
                    std::stop_token stop);
    ~MonitorDownload();
    MonitorDownload(const MonitorDownload&) = delete;
    MonitorDownload& operator=(const MonitorDownload&) = delete;

    void open();                  // throws Error: refused, not_found, unavailable, ...
    std::optional<Block> next();  // nullopt: read to its verified end

private:
    Session& session_;
    std::unique_ptr<ObjectReader> reader_;  // used and destroyed on the network thread
};

class MonitorProxy {
public:
    MonitorProxy(Cluster& cluster, std::string group_id);

    struct Reply {
        int status;
        std::string json;  // the queue's own, or {"code", "message"}
    };
    // One page of the group.
    Reply list(const std::string& continuation_token);

    // nullptr: not a task of the group, as far as it was listed.
    std::unique_ptr<MonitorDownload> download(const ArtifactName& name);

private:
    void remember(const std::string& page);

    Cluster& cluster_;
    const std::string group_id_;
    TaskclusterClient lister_;
    Retrier data_;
    ArtifactStore artifacts_;
    std::mutex mutex_;
    std::set<std::string> tasks_;  // listed so far
};

}  // namespace af
