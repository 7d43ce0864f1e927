#include "engine/channel.hpp"

#include "engine/join.hpp"
#include "engine/runtime.hpp"

#include <asio/co_spawn.hpp>
#include <catch2/catch.hpp>

using namespace af;

namespace {

Task<void> send(Sender<int> out, int from, int to) {
    for (int i = from; i < to; ++i) {
        bool taken = co_await out.put(i);
        if (!taken) co_return;
    }
}

Task<void> collect(Receiver<int> in, std::vector<int>& got) {
    while (auto item = co_await in.next()) got.push_back(*item);
}

Task<void> take(Receiver<int> in, std::size_t count, std::vector<int>& got) {
    while (got.size() < count) {
        auto item = co_await in.next();
        if (!item) co_return;
        got.push_back(*item);
    }
}

struct Parcel {
    std::size_t bytes;
};
std::size_t byte_size(const Parcel& parcel) { return parcel.bytes; }

Task<std::vector<bool>> offer_parcels(std::vector<std::size_t> sizes, ChannelLimits limits) {
    auto [out, in] = channel<Parcel>(limits);
    std::vector<bool> room;
    for (std::size_t size : sizes) {
        Parcel parcel{size};
        room.push_back(out.would_pass(parcel));
        if (room.back()) {
            bool taken = co_await out.put(parcel);
            CHECK(taken);
        }
    }
    co_return room;
}

}  // namespace

TEST_CASE("a channel delivers every item in order and then ends") {
    Runtime rt(2);
    auto [out, in] = channel<int>({.items = 3});
    std::vector<int> got;
    std::vector<Task<void>> both;
    both.push_back(send(std::move(out), 0, 1000));
    both.push_back(collect(std::move(in), got));
    rt.block_on(join(std::move(both)));
    REQUIRE(got.size() == 1000);
    CHECK(got.front() == 0);
    CHECK(got.back() == 999);
}

TEST_CASE("items sent before the sender left are still delivered") {
    Runtime rt(1);
    auto [out, in] = channel<int>({.items = 8});
    rt.block_on(send(std::move(out), 0, 8));
    std::vector<int> got;
    rt.block_on(collect(std::move(in), got));
    CHECK(got.size() == 8);
}

TEST_CASE("a sender blocked on a full channel wakes and gives up when the reader leaves") {
    Runtime rt(1);
    auto [out, in] = channel<int>({.items = 1});
    std::vector<int> got;
    std::vector<Task<void>> both;
    both.push_back(send(std::move(out), 0, 1000000));
    both.push_back(take(std::move(in), 3, got));
    rt.block_on(join(std::move(both)));
    CHECK(got == std::vector<int>{0, 1, 2});
}

TEST_CASE("a byte budget bounds the channel, and an item over the whole budget passes alone") {
    Runtime rt(1);
    CHECK(rt.block_on(offer_parcels({60, 50}, {.items = 10, .bytes = 100})) == std::vector<bool>{true, false});
    CHECK(rt.block_on(offer_parcels({500, 1}, {.items = 10, .bytes = 100})) == std::vector<bool>{true, false});
    CHECK(rt.block_on(offer_parcels({40, 60, 0}, {.items = 2, .bytes = 100})) == std::vector<bool>{true, true, false});
}

TEST_CASE("many senders and receivers on several threads lose and repeat nothing") {
    Runtime rt(4);
    auto [out, in] = channel<int>({.items = 2});
    std::vector<std::vector<int>> got(4);
    std::vector<std::future<void>> ends;
    auto start = [&](Task<void> task) {
        auto done = std::make_shared<std::promise<void>>();
        ends.push_back(done->get_future());
        asio::co_spawn(rt.cpu().for_worker(), std::move(task), [done](std::exception_ptr) { done->set_value(); });
    };
    for (int i = 0; i < 4; ++i) start(send(out, i * 5000, (i + 1) * 5000));
    for (int i = 0; i < 4; ++i) start(collect(in, got[static_cast<std::size_t>(i)]));
    out.close();
    in.close();
    for (auto& end : ends) end.get();
    std::vector<int> all;
    for (auto& part : got) all.insert(all.end(), part.begin(), part.end());
    std::sort(all.begin(), all.end());
    REQUIRE(all.size() == 20000);
    for (int i = 0; i < 20000; ++i) REQUIRE(all[static_cast<std::size_t>(i)] == i);
}
