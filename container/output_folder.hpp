// The artifact directory of a task: what lies there when the task ends, however it ends, is published.
//
// Commit   files are written in a staging folder outside of it, synced, and renamed to their place when all of them are
//          whole; manifest.json comes last, once what was written has been read back. So there is a manifest of a
//          success only beside every file it names.
// Start    what an earlier run in the same working folder left is removed, its manifest first.
// Bad      records that were left out are kept in bad.jsonl, where nothing of it is public.
// Errors   no_space, io, refused; io: a file is not what was written to it.
// Threads  the thread that runs the job.
#pragma once

#include "stages/dead_letters.hpp"
#include "stages/result_file.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace af {

class OutputFolder {
public:
    // `staging` exists, on the same file system.
    OutputFolder(std::filesystem::path folder, std::filesystem::path staging, bool keeps_bad_records = false);

    // The file of that name; its place in facts() is that of this call.
    ResultFile& add(const std::string& name);
    // One at a time.
    void add_bad(const ObjectRef& object, const BadRecord& bad) { bad_records_.add(object, bad); }

    // Everything that can fail for want of space.
    std::vector<ResultFacts> prepare();
    // The name of the file of bad records, "" when there were none.
    std::string commit();
    // Reads the files back: their sizes and digests must be those of `facts`.
    void verify(const std::vector<ResultFacts>& facts) const;
    void commit_manifest(std::string_view text);
    // Takes back what was committed; for a task that fails after all.
    void clear() noexcept;

private:
    std::filesystem::path folder_;
    std::filesystem::path staging_;
    DeadLetters bad_records_;
    std::vector<std::string> names_;
    std::vector<std::unique_ptr<ResultFile>> files_;
};

}  // namespace af
