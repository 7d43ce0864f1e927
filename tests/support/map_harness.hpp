// What the tests of the map stages share: batches from text, a scripted source and a sink that keeps what came.
#pragma once

#include "engine/pipeline.hpp"
#include "engine/process.hpp"
#include "engine/runtime.hpp"
#include "stages/child_environment.hpp"
#include "stages/records.hpp"
#include "tests/support/process_end.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace af::test {

inline ObjectPtr object_named(std::string name, std::uint32_t ordinal = 0) {
    auto object = std::make_shared<ObjectRef>();
    object->name = std::move(name);
    object->ordinal = ordinal;
    return object;
}

inline Batch batch_of(BlockPool& pool, ObjectPtr object, std::uint32_t sequence, std::uint64_t first_line,
                      std::string_view lines) {
    Batch batch;
    batch.object = std::move(object);
    batch.sequence = sequence;
    batch.first_line = first_line;
    batch.records = static_cast<std::uint32_t>(std::count(lines.begin(), lines.end(), '\n'));
    batch.lines = pool.take();
    batch.lines.append(lines);
    return batch;
}

inline ObjectEnd end_of(ObjectPtr object, std::uint32_t units) {
    ObjectEnd end;
    end.object = std::move(object);
    end.units = units;
    return end;
}

template <class T>
Task<void> emit(Ports<void, T> io, std::vector<T>& items) {
    for (T& item : items) {
        T next = std::move(item);
        co_await io.out.put(std::move(next));
    }
}

inline Task<void> keep(Ports<MapItem, void> io, std::vector<MapItem>& kept) {
    while (auto item = co_await io.in.next()) kept.push_back(std::move(*item));
}

struct Mapped {
    std::string lines;  // of all parts, in the order they came
    std::vector<MapOutput> outputs;
    std::vector<ObjectEnd> ends;
};

inline Mapped sorted_out(std::vector<MapItem> items) {
    Mapped mapped;
    for (MapItem& item : items) {
        if (auto* end = std::get_if<ObjectEnd>(&item)) mapped.ends.push_back(std::move(*end));
        else mapped.outputs.push_back(std::get<MapOutput>(std::move(item)));
    }
    for (const MapOutput& output : mapped.outputs) mapped.lines += output.lines;
    return mapped;
}

inline ProcessSpec shell(const std::string& script) {
    ProcessSpec spec;
    spec.argv = {"/bin/sh", "-c", script};
    spec.environment = {"PATH=/usr/bin:/bin"};
    spec.name = "script";
    return spec;
}

// A folder that goes with the test.
class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string path = (std::filesystem::temp_directory_path() / "af_map_XXXXXX").string();
        path_ = ::mkdtemp(path.data());
    }
    ~TemporaryFolder() { std::filesystem::remove_all(path_); }
    std::string file(const std::string& name, const std::string& content) const {
        std::ofstream(path_ / name) << content;
        return path_ / name;
    }
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

// The error that `act` throws; `bug` when it does not.
template <class Act>
Error error_of(Act act) {
    try {
        act();
    } catch (const Error& error) {
        return error;
    }
    return Error(ErrorKind::bug, "no error");
}

#ifdef AF_HELPERS_DIR
inline ProcessSpec feeder(const std::string& mode, const std::string& script, const std::string& function,
                          const std::string& format = "uuid-json") {
    ProcessSpec spec;
    spec.argv = {"/usr/bin/python3", AF_HELPERS_DIR "/feeder.py", mode, "--script", script, "--function", function};
    if (mode == "map") spec.argv.insert(spec.argv.end(), {"--format", format});
    spec.environment = child_environment(own_environment());
    spec.name = script.substr(script.rfind('/') + 1);
    return spec;
}
#endif

}  // namespace af::test
