#include "stages/binary_run.hpp"

#include "stages/child_environment.hpp"

namespace af {
namespace {

constexpr std::size_t kReadBytes = 256 << 10;

void add_to(LineParts& lines, std::string_view bytes, const Process& process) {
    try {
        lines.add(bytes);
    } catch (Error& error) {
        throw std::move(error).during(process.name());
    }
}

}  // namespace

Process start_for(const BinaryMapOptions& options, const ObjectPtr& object, std::stop_token stop) {
    ProcessSpec spec = options.process;
    set_object(spec.environment, object->name);
    Process process = Process::start(options.net, std::move(spec));
    process.stop_on(std::move(stop));
    return process;
}

Task<void> collect_output(Process& process, const BinaryMapOptions& options, Out<MapItem>& out, MapOutput& last) {
    LineParts lines(options.part_bytes, options.max_line_bytes);
    std::vector<char> room(kReadBytes);
    last.last = false;
    for (;;) {
        std::span<char> free(room);
        const std::size_t count = co_await process.read_some(free);
        if (count == 0) break;
        add_to(lines, {room.data(), count}, process);
        if (!lines.ready()) continue;
        MapOutput part = last;
        part.lines = lines.take();
        MapItem item = std::move(part);
        co_await out.put(std::move(item));
        ++last.part;
    }
    co_await process.wait_for_success();
    last.last = true;
    last.lines = lines.finish();
    last.counters = process.log().counters();
}

void check_all_was_read(const Process& process, const BinaryMapOptions& options) {
    if (options.allow_early_exit) return;
    try {
        process.check_all_was_read();
    } catch (Error& error) {
        throw std::move(error).hint("a program that means to stop early needs allow_early_exit: true");
    }
}

}  // namespace af
