#include "stages/result_file.hpp"

#include "engine/error.hpp"
#include "stages/codec/encoder.hpp"
#include "stages/digest.hpp"

#include <algorithm>

namespace af {
namespace {

void copy_to_stdout(const File& from, const std::stop_token& stop) {
    std::string buffer(1 << 20, '\0');
    for (std::uint64_t offset = 0;;) {
        const std::size_t got = from.read_at(offset, {buffer.data(), buffer.size()});
        if (got == 0) return;
        if (!write_stdout({buffer.data(), got}, stop)) return;
        offset += got;
    }
}

}  // namespace

struct ResultFile::State {
    std::optional<AtomicFile> file;
    File collected;
    std::unique_ptr<Encoder> encoder;
    Encoder::Sink sink;
    Sha256 sha256;
    ResultFacts facts;
};

ResultFile::ResultFile(const std::filesystem::path& target, const std::filesystem::path& scratch,
                       const std::filesystem::path& staging)
    : state_(std::make_unique<State>()) {
    State& s = *state_;
    s.facts.name = target.string();
    if (target == "-") {
        s.collected = File::anonymous(scratch);
    } else {
        s.file.emplace(target, staging);
    }
    s.encoder = encoder_for(s.facts.name);
    s.sink = [&s](std::string_view bytes) {
        s.sha256.add(bytes);
        s.facts.bytes += bytes.size();
        if (s.file) {
            s.file->append(bytes);
        } else {
            s.collected.append(bytes);
        }
    };
}
ResultFile::~ResultFile() = default;

void ResultFile::append(std::string_view bytes) {
    state_->facts.lines += static_cast<std::uint64_t>(std::count(bytes.begin(), bytes.end(), '\n'));
    state_->encoder->add(bytes, state_->sink);
}

ResultFacts ResultFile::prepare() {
    State& s = *state_;
    s.encoder->finish(s.sink);
    if (s.file) s.file->prepare();
    s.facts.sha256 = s.sha256.hex();
    return s.facts;
}

void ResultFile::commit(std::stop_token stop) {
    State& s = *state_;
    if (s.file) {
        s.file->commit();
    } else {
        copy_to_stdout(s.collected, stop);
    }
}

void ResultFile::withdraw() noexcept {
    if (state_->file) state_->file->withdraw();
}

}  // namespace af
