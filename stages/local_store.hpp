// ObjectStore on the local file system. A name is a path; a "prefix" is a folder (a path that ends in '/').
#pragma once

#include "engine/stage.hpp"
#include "stages/object_store.hpp"

namespace af {

// Reads    blocks of pool.block_bytes() (256 KiB is meant), each read on `files`, so the network thread never blocks.
//          An etag is the size and the time of change; a file that changes while it is read is corrupt, as in S3.
// Lists    one page; delimiter "" (everything below) or "/" (one folder), in no particular order. Hidden entries, links
//          that lead back to a folder above them, and what is neither file nor folder are left out, as ListPage::notes
//          say.
// Errors   not_found, refused (permission), usage (a folder, a pipe, a device), corrupt (changed), cancelled, io, os.
// Threads  as ObjectStore; `pool` and the runtime behind `files` outlive every body.
class LocalStore final : public ObjectStore {
public:
    LocalStore(Place files, BlockPool& pool) : files_(std::move(files)), pool_(pool) {}

    Task<ListPage> list(std::string prefix, std::string delimiter, std::string token, std::stop_token stop) override;
    Task<OpenObject> open(std::string name, ByteRange range, std::string if_match, std::stop_token stop) override;

private:
    Place files_;
    BlockPool& pool_;
};

}  // namespace af
