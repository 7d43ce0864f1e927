#include "bench/generate.hpp"

#include "bench/random.hpp"
#include "engine/error.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <memory>
#include <mutex>
#include <numeric>
#include <thread>

namespace af::bench {
namespace {

namespace fs = std::filesystem;

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

void make_directories(const fs::path& path) {
    std::error_code failed;
    fs::create_directories(path, failed);
    if (failed) throw os_error(failed.value(), "create").about(path.string());
}

class OutputFile {
public:
    explicit OutputFile(const fs::path& path) : name_(path.string()) {
        make_directories(path.parent_path());
        file_.reset(std::fopen(path.c_str(), "wb"));
        if (!file_) throw os_error(errno, "create").about(name_);
    }
    void write(std::string_view bytes) {
        if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) {
            throw os_error(errno, "write").about(name_);
        }
        size_ += bytes.size();
    }
    // Says whether everything reached the file, which closing alone would not.
    std::uint64_t finish() {
        if (std::fflush(file_.get()) != 0) throw os_error(errno, "write").about(name_);
        return size_;
    }

private:
    std::string name_;
    File file_;
    std::uint64_t size_ = 0;
};

// Writes one object record by record; memory is one piece of about 1 MB and its compressed form.
class ObjectWriter {
public:
    ObjectWriter(const ObjectPlan& plan, const GenerateOptions& options)
        : plan_(plan),
          record_bytes_(options.record_bytes),
          file_(options.directory / "data" / plan.key),
          compressor_(make_compressor(plan.codec, options.level)) {
        truth_.key = plan.key;
        truth_.dimensions = plan.dimensions;
        truth_.codec = plan.codec;
    }

    ObjectTruth run() {
        constexpr std::size_t kPieceBytes = 1 << 20;
        auto bad = plan_.bad.begin();
        while (written() < plan_.bytes || bad != plan_.bad.end()) {
            if (bad != plan_.bad.end() && bad->after_bytes <= written()) {
                add_bad_line(*bad++);
            } else {
                add_record();
            }
            if (piece_.size() >= kPieceBytes) flush();
        }
        flush();
        compressor_->finish(packed_);
        file_.write(packed_);
        truth_.bytes_inflated = flushed_;
        truth_.bytes_stored = file_.finish();
        return std::move(truth_);
    }

private:
    std::uint64_t written() const { return flushed_ + piece_.size(); }

    void add_record() {
        const std::uint64_t seed = mix(plan_.seed, truth_.records);
        Random random(seed);
        const auto spread = static_cast<std::uint32_t>(record_bytes_.most - record_bytes_.least + 1);
        const Os os = append_ping(piece_, plan_.topic, seed, record_bytes_.least + random.below(spread));
        ++truth_.os[static_cast<std::size_t>(os)];
        ++truth_.records;
        ++line_;
    }

    void add_bad_line(const BadSpot& spot) {
        append_bad_line(piece_, spot.kind, plan_.topic, mix(plan_.seed, line_, 7));
        truth_.bad.push_back({++line_, spot.kind});
    }

    void flush() {
        compressor_->write(piece_, packed_);
        file_.write(packed_);
        flushed_ += piece_.size();
        piece_.clear();
        packed_.clear();
    }

    const ObjectPlan& plan_;
    const SizeRange record_bytes_;
    OutputFile file_;
    std::unique_ptr<Compressor> compressor_;
    std::string piece_;
    std::string packed_;
    ObjectTruth truth_;
    std::uint64_t flushed_ = 0;
    std::uint64_t line_ = 0;
};

// Runs `make(i)` for every i of `order` on `threads` threads; the first failure stops the others and is thrown.
template <class Make>
void for_each_on_threads(const std::vector<std::size_t>& order, unsigned threads, Make make) {
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::exception_ptr first_failure;
    const auto work = [&] {
        try {
            for (std::size_t i = next++; i < order.size(); i = next++) make(order[i]);
        } catch (...) {
            next = order.size();
            const std::lock_guard lock(mutex);
            if (!first_failure) first_failure = std::current_exception();
        }
    };
    {
        std::vector<std::jthread> pool;
        for (unsigned i = 0; i < threads; ++i) pool.emplace_back(work);
    }
    if (first_failure) std::rethrow_exception(first_failure);
}

// Old objects beside new ones would make the truth a lie.
void require_empty(const fs::path& data) {
    std::error_code failed;
    if (fs::exists(data, failed) && !fs::is_empty(data, failed)) {
        throw Error(ErrorKind::usage, "this folder has content already")
            .about(data.string())
            .hint("choose another --out or remove it");
    }
}

void write_file(const fs::path& path, std::string_view text) {
    OutputFile file(path);
    file.write(text);
    file.finish();
}

}  // namespace

Truth generate(const GenerateOptions& options) {
    const auto plans = plan_layout(options.layout);
    require_empty(options.directory / "data");
    std::vector<std::size_t> largest_first(plans.size());
    std::iota(largest_first.begin(), largest_first.end(), std::size_t{0});
    std::ranges::stable_sort(largest_first, std::greater<>(), [&](std::size_t i) { return plans[i].bytes; });
    const unsigned threads = options.threads != 0 ? options.threads : std::max(1u, std::thread::hardware_concurrency());
    Truth truth;
    truth.objects.resize(plans.size());
    for_each_on_threads(largest_first, threads,
                        [&](std::size_t i) { truth.objects[i] = ObjectWriter(plans[i], options).run(); });
    std::ranges::sort(truth.objects, {}, &ObjectTruth::key);
    write_file(options.directory / "truth.json", truth_json(truth));
    write_file(options.directory / "truth" / "os-count.txt", os_count_text(totals(truth).os));
    return truth;
}

}  // namespace af::bench
