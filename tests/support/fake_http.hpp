// An HttpClient that answers from a script, then from a function, and records what was asked of it.
//
//   FakeHttp http({{.status = 503}, {.body = "hello", .headers = {{"ETag", "\"x\""}}}});
//
// Threads  one executor. The client outlives the bodies it hands out.
#pragma once

#include "engine/http.hpp"

#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace af::test {

// A body of given parts that ends well or with `error`.
class FakeBody final : public HttpBody {
public:
    FakeBody(BlockPool& pool, std::string text, std::optional<Error> error = {}) : error_(std::move(error)) {
        for (std::size_t at = 0; at < text.size(); at += pool.block_bytes()) {
            Block block = pool.take();
            block.append(std::string_view(text).substr(at, pool.block_bytes()));
            blocks_.push_back(std::move(block));
        }
    }
    Task<std::optional<Block>> next() override {
        std::optional<Block> block;
        if (!blocks_.empty()) {
            block.emplace(std::move(blocks_.front()));
            blocks_.pop_front();
        } else if (error_) {
            throw Error(*error_);
        }
        co_return block;
    }
    bool watch(std::function<void(std::string_view)> see) override {
        if (!shows_) return false;
        for (const Block& block : blocks_) see(block.view());
        return true;
    }
    void can_be_watched(bool can) { shows_ = can; }

private:
    std::deque<Block> blocks_;
    std::optional<Error> error_;
    bool shows_ = false;
};

class FakeHttp final : public HttpClient {
public:
    struct Reply {
        int status = 200;
        std::string body{};
        HttpHeaders headers{};
        std::optional<Error> error{};         // instead of a reply
        std::optional<Error> body_breaks{};   // after `body`
    };
    explicit FakeHttp(std::vector<Reply> script = {}) : script_(script.begin(), script.end()) {}

    void reply(Reply next) { script_.push_back(std::move(next)); }
    std::function<Reply(const HttpRequest&)> answer;  // asked once the script is used up

    std::vector<HttpRequest> asked;
    std::size_t left() const { return script_.size(); }

    Task<HttpResponse> send(HttpRequest request, std::stop_token stop) override {
        asked.push_back(std::move(request));
        if (stop.stop_requested()) throw Error(ErrorKind::cancelled, "stopped");
        Reply reply = next_reply();
        if (reply.error) throw Error(*reply.error);
        HttpResponse response;
        response.status = reply.status;
        response.headers = std::move(reply.headers);
        response.body = std::make_unique<FakeBody>(pool_, std::move(reply.body), std::move(reply.body_breaks));
        co_return response;
    }

private:
    Reply next_reply() {
        if (script_.empty() && answer) return answer(asked.back());
        if (script_.empty()) throw Error(ErrorKind::bug, "the script of replies is used up");
        Reply reply = std::move(script_.front());
        script_.pop_front();
        return reply;
    }

    BlockPool pool_{64 << 10};
    std::deque<Reply> script_;
};

}  // namespace af::test
