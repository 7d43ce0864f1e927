#include "stages/flow/stores.hpp"

namespace af {
namespace {

class CountingBody final : public HttpBody {
public:
    CountingBody(std::unique_ptr<HttpBody> inner, std::atomic<std::uint64_t>& bytes)
        : inner_(std::move(inner)), bytes_(bytes) {}
    Task<std::optional<Block>> next() override {
        std::optional<Block> block = co_await inner_->next();
        if (block) bytes_ += block->size();
        co_return block;
    }
    bool watch(std::function<void(std::string_view)> see) override { return inner_->watch(std::move(see)); }

private:
    std::unique_ptr<HttpBody> inner_;
    std::atomic<std::uint64_t>& bytes_;
};

}  // namespace

ObjectStore& RoutedStore::store_of(const std::string& name) { return name.starts_with("s3://") ? s3_ : local_; }

Task<ListPage> RoutedStore::list(std::string prefix, std::string delimiter, std::string token, std::stop_token stop) {
    ObjectStore& store = store_of(prefix);
    return store.list(std::move(prefix), std::move(delimiter), std::move(token), std::move(stop));
}

Task<OpenObject> RoutedStore::open(std::string name, ByteRange range, std::string if_match, std::stop_token stop) {
    ObjectStore& store = store_of(name);
    return store.open(std::move(name), range, std::move(if_match), std::move(stop));
}

Task<ListPage> CountingStore::list(std::string prefix, std::string delimiter, std::string token, std::stop_token stop) {
    return inner_.list(std::move(prefix), std::move(delimiter), std::move(token), std::move(stop));
}

Task<OpenObject> CountingStore::open(std::string name, ByteRange range, std::string if_match,
                                     std::stop_token stop) {
    OpenObject opened = co_await inner_.open(std::move(name), range, std::move(if_match), std::move(stop));
    opened.body = std::make_unique<CountingBody>(std::move(opened.body), bytes_);
    co_return opened;
}

}  // namespace af
