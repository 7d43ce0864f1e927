// An ObjectStore that answers each open() from a script and records what was asked of it.
#pragma once

#include "stages/object_store.hpp"
#include "tests/support/fake_http.hpp"

#include <map>

namespace af::test {

class ScriptedStore final : public ObjectStore {
public:
    // What one open() of an object gives. The body is what the whole object holds from `offset` on.
    struct Reply {
        std::string content{};
        std::string etag = "\"1\"";
        std::optional<Error> error{};                 // instead of all that follows
        std::optional<std::size_t> breaks_after{};    // bytes of the body, then Error(unavailable)
        std::optional<std::size_t> ends_after{};      // bytes of the body, then a clean end
        std::optional<std::uint64_t> size{};          // as the reply says; content.size() when unset
        std::optional<std::uint64_t> offset{};        // where the body really begins; as asked when unset
        HttpHeaders checksums{};
        bool ignores_end = false;                     // the body goes on behind the range
        bool can_be_watched = false;                  // shows its bytes before it hands them on
    };
    struct Asked {
        std::string name;
        std::uint64_t offset;
        std::string if_match;
        std::uint64_t end = kUnknownSize;
    };

    std::map<std::string, std::deque<Reply>> script;  // the last reply of an object is given again and again
    std::vector<Asked> asked;

    Task<ListPage> list(std::string, std::string, std::string, std::stop_token) override {
        throw Error(ErrorKind::bug, "nothing is listed here");
        co_return ListPage();
    }

    Task<OpenObject> open(std::string name, ByteRange range, std::string if_match, std::stop_token) override {
        asked.push_back({name, range.begin, if_match, range.end});
        std::deque<Reply>& replies = script.at(name);
        const Reply reply = replies.front();
        if (replies.size() > 1) replies.pop_front();
        if (reply.error) throw Error(*reply.error);
        OpenObject opened;
        opened.size = reply.size.value_or(reply.content.size());
        opened.offset = reply.offset.value_or(range.begin);
        opened.etag = reply.etag;
        opened.checksums = reply.checksums;
        std::string body = reply.content.substr(std::min<std::size_t>(opened.offset, reply.content.size()));
        if (range.end != kUnknownSize && !reply.ignores_end)
            body.resize(std::min<std::size_t>(body.size(), range.end - opened.offset));
        std::optional<Error> breaks;
        if (reply.breaks_after) {
            body.resize(std::min(body.size(), *reply.breaks_after));
            breaks.emplace(ErrorKind::unavailable, "reset");
        } else if (reply.ends_after) {
            body.resize(std::min(body.size(), *reply.ends_after));
        }
        auto shown = std::make_unique<FakeBody>(pool_, std::move(body), std::move(breaks));
        shown->can_be_watched(reply.can_be_watched);
        opened.body = std::move(shown);
        co_return opened;
    }

private:
    BlockPool pool_{4};  // many blocks from few bytes
};

}  // namespace af::test
