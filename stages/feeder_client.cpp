#include "stages/feeder_client.hpp"

#include "engine/join.hpp"

#include <algorithm>
#include <cstring>
#include <mutex>

namespace af {
namespace {

constexpr std::size_t kBufferBytes = 64 << 10;

}  // namespace

Task<StartedFeeder> start_feeder_process(Executor network, ProcessSpec spec, std::stop_token stop) {
    Process process = Process::start(std::move(network), std::move(spec));
    process.stop_on(std::move(stop));
    process.expect_answer(true);
    std::string line;
    while (!line.ends_with('\n')) {
        char next = 0;  // byte by byte: what follows the line belongs to whoever reads after us
        std::span<char> room(&next, 1);
        const std::size_t count = co_await process.read_some(room);
        if (count == 0) {
            Error why = co_await process.why_ended_early();
            throw std::move(why).during("start");
        }
        line.push_back(next);
        if (line.size() > kMaxHandshakeBytes)
            throw Error(ErrorKind::child_output, process.name() + ": a handshake without end");
    }
    line.pop_back();
    FeederReady ready;
    try {
        ready = parse_handshake(line);
    } catch (Error& error) {
        throw std::move(error).during(process.name());
    }
    process.expect_answer(false);
    StartedFeeder started{std::move(process), std::move(ready)};
    co_return std::move(started);
}

Task<std::unique_ptr<FeederClient>> FeederClient::start(Executor network, ProcessSpec spec, std::stop_token stop) {
    StartedFeeder started = co_await start_feeder_process(std::move(network), std::move(spec), std::move(stop));
    co_return std::make_unique<FeederClient>(std::move(started));
}

FeederClient::FeederClient(StartedFeeder started)
    : process_(std::move(started.process)), ready_(std::move(started.ready)), buffer_(kBufferBytes) {}

Error FeederClient::named(Error error) const { return std::move(error).during(process_.name()); }

Task<bool> FeederClient::send(FeederBatch batch) {
    if (!ready_.memory) batch.payload_at.reset();
    std::string head =
        batch_header(batch.sequence, batch.file.size(), batch.index.size(), batch.payload.size(), batch.payload_at);
    head.append(batch.file);
    Owed owed{batch.sequence, batch.records};
    owed_.push_back(owed);
    process_.expect_answer(true);
    bool taken = co_await process_.try_write(head);
    if (taken) taken = co_await process_.try_write(batch.index);
    if (taken && !batch.payload_at) taken = co_await process_.try_write(batch.payload);
    if (!taken) co_await process_.why_ended_early();  // kills one that lives on with its input closed
    co_return taken;
}

Task<FeederAnswer> FeederClient::receive() {
    if (owed_.empty()) throw Error(ErrorKind::bug, "no batch is under way");
    const std::string line = co_await read_line();
    std::variant<PartHeader, DoneHeader> header;
    try {
        header = parse_answer(line);
    } catch (Error& error) {
        throw named(std::move(error));
    }
    const Owed owed = owed_.front();
    const bool is_part = std::holds_alternative<PartHeader>(header);
    const std::uint32_t sequence =
        is_part ? std::get<PartHeader>(header).sequence : std::get<DoneHeader>(header).sequence;
    const std::size_t bytes = is_part ? std::get<PartHeader>(header).bytes : std::get<DoneHeader>(header).bytes;
    if (sequence != owed.sequence)
        throw named(Error(ErrorKind::child_output, "answered out of order: \"" + line + "\""));
    std::string body = co_await read_exactly(bytes);
    if (is_part) {
        if (!body.ends_with('\n'))
            throw named(Error(ErrorKind::child_output, "a part that does not end with a newline"));
        co_return FeederAnswer(std::move(body));
    }
    owed_.pop_front();
    process_.expect_answer(!owed_.empty());
    try {
        co_return FeederAnswer(parse_account(body, owed.records));
    } catch (Error& error) {
        throw named(std::move(error));
    }
}

Task<void> FeederClient::finish() {
    process_.close_stdin();
    char extra = 0;
    std::span<char> room(&extra, 1);
    std::size_t count = end_ - begin_;
    if (count == 0) count = co_await process_.read_some(room);
    if (count > 0) throw named(Error(ErrorKind::child_output, "wrote more than its answers"));
    co_await process_.wait_for_success();
}

Task<void> FeederClient::fill() {
    begin_ = 0;
    end_ = 0;
    std::span<char> room(buffer_);
    const std::size_t count = co_await process_.read_some(room);
    if (count == 0) {
        Error why = co_await process_.why_ended_early();
        throw why;
    }
    end_ = count;
}

Task<std::string> FeederClient::read_line() {
    std::string line;
    for (;;) {
        if (begin_ == end_) co_await fill();
        const std::string_view fresh(buffer_.data() + begin_, end_ - begin_);
        const std::size_t newline = fresh.find('\n');
        line.append(fresh.substr(0, std::min(newline, kMaxHeaderBytes + 1)));
        if (line.size() > kMaxHeaderBytes) break;
        if (newline != std::string_view::npos) {
            begin_ += newline + 1;
            co_return line;
        }
        begin_ = end_;
    }
    throw named(Error(ErrorKind::child_output, "not an answer: \"" + line + "...\""))
        .hint("does the script write to descriptor 1 behind the feeder's back?");
}

Task<std::string> FeederClient::read_exactly(std::size_t bytes) {
    std::string body(bytes, '\0');
    std::size_t have = std::min(bytes, end_ - begin_);
    std::memcpy(body.data(), buffer_.data() + begin_, have);
    begin_ += have;
    while (have < bytes) {
        std::span<char> room(body.data() + have, bytes - have);
        const std::size_t count = co_await process_.read_some(room);
        if (count == 0) {
            Error why = co_await process_.why_ended_early();
            throw why;
        }
        have += count;
    }
    co_return std::move(body);
}

struct FeederPool::Shelf {
    Executor network;
    ProcessSpec spec;
    std::stop_token stop;
    std::mutex mutex;
    std::vector<std::unique_ptr<FeederClient>> ready;
    FeederReady said;
};

FeederPool::FeederPool() : shelf_(std::make_unique<Shelf>()) {}
FeederPool::~FeederPool() = default;

Task<std::unique_ptr<FeederPool>> FeederPool::start(Executor network, ProcessSpec spec, unsigned count,
                                                    std::stop_token stop) {
    std::unique_ptr<FeederPool> pool(new FeederPool());
    pool->shelf_->network = network;
    pool->shelf_->spec = spec;
    pool->shelf_->stop = stop;
    pool->shelf_->ready.resize(count);
    std::vector<Task<void>> starts;
    for (auto& place : pool->shelf_->ready) starts.push_back(into(FeederClient::start(network, spec, stop), place));
    co_await join(std::move(starts));
    pool->shelf_->said = pool->shelf_->ready.front()->ready();
    co_return std::move(pool);
}

const FeederReady& FeederPool::ready() const noexcept { return shelf_->said; }

std::unique_ptr<FeederClient> FeederPool::take() {
    std::lock_guard lock(shelf_->mutex);
    if (shelf_->ready.empty()) throw Error(ErrorKind::bug, "more map workers than feeders");
    std::unique_ptr<FeederClient> feeder = std::move(shelf_->ready.back());
    shelf_->ready.pop_back();
    return feeder;
}

Task<std::unique_ptr<FeederClient>> FeederPool::start_another() {
    std::unique_ptr<FeederClient> feeder = co_await FeederClient::start(shelf_->network, shelf_->spec, shelf_->stop);
    co_return std::move(feeder);
}

}  // namespace af
