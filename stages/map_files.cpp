#include "stages/map_files.hpp"

#include "engine/join.hpp"
#include "engine/run_on.hpp"
#include "engine/unique_fd.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <cerrno>

namespace af {
namespace {

// A file that lives as long as this.
class ScratchFile {
public:
    ScratchFile(std::string path, const std::optional<UserId>& reader)
        : path_(std::move(path)),
          fd_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)) {
        if (!fd_) throw os_error(errno, "create " + path_);
        if (reader && ::fchown(fd_.get(), reader->uid, reader->gid) != 0) throw os_error(errno, "give away " + path_);
    }
    ~ScratchFile() { ::unlink(path_.c_str()); }
    ScratchFile(const ScratchFile&) = delete;
    ScratchFile& operator=(const ScratchFile&) = delete;

    void append(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t count = ::write(fd_.get(), bytes.data(), bytes.size());
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) throw os_error(errno, "write " + path_);
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
    }
    void close() { fd_ = UniqueFd(); }
    const std::string& path() const noexcept { return path_; }

private:
    const std::string path_;
    UniqueFd fd_;
};

// The whole object into `file`; bytes_inflated and failed of `end` say how that went.
Task<void> store(Inflated& object, ScratchFile& file, ObjectEnd& end) {
    for (;;) {
        std::optional<Piece> piece = co_await object.pieces.next();
        if (!piece) throw Error(ErrorKind::cancelled, "the object was cut");
        if (!*piece) {
            end.failed = std::move(piece->error());
            break;
        }
        if (is_end(*piece)) break;
        file.append((*piece)->view());
        end.bytes_inflated += (*piece)->size();
    }
    file.close();
}

// The functions below run on the network executor.

Task<void> ask_feeder(FeederClient& feeder, const std::string& path, MapOutput& output, Out<MapItem>& out) {
    const std::string line = path + "\n";
    FeederBatch batch{
        .sequence = output.sequence, .records = 1, .file = output.object->name, .index = {}, .payload = line};
    const bool sent = co_await feeder.send(batch);
    (void)sent;  // if not, receive() says why
    output.last = false;
    for (;;) {
        FeederAnswer answer = co_await feeder.receive();
        if (auto* account = std::get_if<BatchAccount>(&answer)) {
            for (BadEntry& entry : account->bad) {
                BadRecord bad{.line = 1,
                              .kind = std::move(entry.kind),
                              .reason = std::move(entry.reason),
                              .record = output.object->name};
                output.bad.push_back(std::move(bad));
            }
            output.counters = std::move(account->counters);
            break;
        }
        MapOutput part = output;
        part.lines = std::get<std::string>(std::move(answer));
        MapItem item = std::move(part);
        co_await out.put(std::move(item));
        ++output.part;
    }
    output.last = true;
}

Task<void> name_file(Process& process, std::string_view line, bool allow_early_exit) {
    const bool taken = co_await process.try_write(line);
    process.close_stdin();
    if (taken || allow_early_exit) co_return;
    Error why = co_await process.why_ended_early();
    throw why;
}

Task<void> run_program(const BinaryMapOptions& options, const std::string& path, MapOutput& output, Out<MapItem>& out,
                       std::stop_token stop) {
    Process process = start_for(options, output.object, std::move(stop));
    const std::string line = path + "\n";
    std::vector<Task<void>> both;
    both.push_back(name_file(process, line, options.allow_early_exit));
    both.push_back(collect_output(process, options, out, output));
    co_await join(std::move(both));
    check_all_was_read(process, options);
}

Task<void> finish_feeder(FeederClient& feeder) { co_await feeder.finish(); }

Task<void> map_file(const ScratchFile& file, const MapFilesOptions& options, FeederClient* feeder, MapOutput& output,
                    Out<MapItem>& out, std::stop_token stop) {
    try {
        if (feeder) {
            feeder->stop_on(std::move(stop));
            co_await ask_feeder(*feeder, file.path(), output, out);
        } else {
            co_await run_program(options.binary, file.path(), output, out, std::move(stop));
        }
    } catch (Error& error) {
        if (error.kind() == ErrorKind::cancelled) throw;
        throw std::move(error).during("map " + output.object->name).about(output.object->name);
    }
}

}  // namespace

Task<void> map_files(Ports<Inflated, MapItem> io, MapFilesOptions options, FeederPool* feeders) {
    std::unique_ptr<FeederClient> feeder;
    if (feeders) feeder = feeders->take();
    while (auto object = co_await io.in.next()) {
        ObjectEnd end;
        end.object = object->object;
        ScratchFile file(fmt::format("{}/{:08}", options.scratch_dir, object->object->ordinal),
                         options.binary.process.run_as);
        try {
            co_await store(*object, file, end);
        } catch (Error& error) {
            throw std::move(error).about(object->object->name);
        }
        if (!end.failed) {
            MapOutput output;
            output.object = object->object;
            Task<void> mapping = map_file(file, options, feeder.get(), output, io.out, io.stop);
            co_await run_on(options.binary.net, std::move(mapping));
            output.records_in = 1;
            MapItem item = std::move(output);
            co_await io.out.put(std::move(item));
            end.units = 1;
            end.lines = 1;
            end.bytes_stored = object->totals->bytes_stored;
        }
        MapItem item = std::move(end);
        co_await io.out.put(std::move(item));
    }
    if (!feeder) co_return;
    Task<void> finish = finish_feeder(*feeder);
    co_await run_on(options.binary.net, std::move(finish));
}

}  // namespace af
