#include "container/output_folder.hpp"

#include "engine/error.hpp"
#include "stages/digest.hpp"

#include <fmt/format.h>

namespace af {
namespace {

constexpr std::string_view kManifest = "manifest.json";
constexpr std::string_view kBadRecords = "bad.jsonl";

void remove_if_there(const std::filesystem::path& path) {
    std::error_code error;
    std::filesystem::remove_all(path, error);
    if (error) throw os_error(error.value(), "remove " + path.string()).about(path.string());
}

// A folder of that name that is somebody else's loses nothing.
bool is_ours(const std::string& name) {
    return name == kManifest || name == kBadRecords || name == "result.txt" ||
           (name.starts_with("part-") && name.ends_with(".txt.zst"));
}

ResultFacts facts_on_disk(const std::filesystem::path& path) {
    const File file = File::open_to_read(path);
    ResultFacts facts;
    Sha256 digest;
    std::string buffer(1 << 20, '\0');
    for (;;) {
        const std::size_t got = file.read_at(facts.bytes, {buffer.data(), buffer.size()});
        if (got == 0) break;
        digest.add({buffer.data(), got});
        facts.bytes += got;
    }
    facts.sha256 = digest.hex();
    return facts;
}

}  // namespace

OutputFolder::OutputFolder(std::filesystem::path folder, std::filesystem::path staging, bool keeps_bad_records)
    : folder_(std::move(folder)),
      staging_(std::move(staging)),
      bad_records_(keeps_bad_records ? folder_ / kBadRecords : std::filesystem::path(), staging_,
                   staging_) {
    remove_if_there(folder_ / kManifest);
    std::error_code error;
    std::filesystem::create_directories(folder_, error);
    if (error) throw os_error(error.value(), "create " + folder_.string()).about(folder_.string());
    std::vector<std::filesystem::path> old;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
        if (is_ours(entry.path().filename().string())) old.push_back(entry.path());
    }
    for (const std::filesystem::path& path : old) remove_if_there(path);
}

ResultFile& OutputFolder::add(const std::string& name) {
    names_.push_back(name);
    files_.push_back(std::make_unique<ResultFile>(folder_ / name, staging_, staging_));
    return *files_.back();
}

std::vector<ResultFacts> OutputFolder::prepare() {
    std::vector<ResultFacts> facts;
    for (std::size_t i = 0; i < files_.size(); ++i) {
        facts.push_back(files_[i]->prepare());
        facts.back().name = names_[i];
    }
    bad_records_.prepare();
    return facts;
}

std::string OutputFolder::commit() {
    for (auto& file : files_) file->commit();
    return bad_records_.commit() ? std::string(kBadRecords) : "";
}

void OutputFolder::verify(const std::vector<ResultFacts>& facts) const {
    for (const ResultFacts& wanted : facts) {
        const ResultFacts found = facts_on_disk(folder_ / wanted.name);
        if (found.bytes != wanted.bytes || found.sha256 != wanted.sha256)
            throw Error(ErrorKind::io, fmt::format("{} bytes were written and {} are there, or others", wanted.bytes,
                                                   found.bytes))
                .about(wanted.name);
    }
}

void OutputFolder::commit_manifest(std::string_view text) {
    const std::filesystem::path path = folder_ / kManifest;
    AtomicFile manifest(path, staging_);
    manifest.append(text);
    manifest.commit();
    const ResultFacts found = facts_on_disk(path);
    Sha256 digest;
    digest.add(text);
    if (found.sha256 != digest.hex())
        throw Error(ErrorKind::io, "it is not what was written to it").about(path.string());
}

void OutputFolder::clear() noexcept {
    files_.clear();
    bad_records_.drop();
    std::error_code ignored;
    std::filesystem::remove(folder_ / kManifest, ignored);
    std::filesystem::remove(folder_ / kBadRecords, ignored);
    for (const std::string& name : names_) std::filesystem::remove(folder_ / name, ignored);
}

}  // namespace af
