// ObjectStores around ObjectStores: one that picks the right one by name, one that counts what is read.
#pragma once

#include "stages/object_store.hpp"

#include <atomic>

namespace af {

// s3:// names go to `s3`, everything else is a path.
class RoutedStore final : public ObjectStore {
public:
    RoutedStore(ObjectStore& s3, ObjectStore& local) : s3_(s3), local_(local) {}
    Task<ListPage> list(std::string prefix, std::string delimiter, std::string token, std::stop_token stop) override;
    Task<OpenObject> open(std::string name, ByteRange range, std::string if_match, std::stop_token stop) override;

private:
    ObjectStore& store_of(const std::string& name);
    ObjectStore& s3_;
    ObjectStore& local_;
};

// Adds the bytes of every body to `bytes`, for the progress view.
class CountingStore final : public ObjectStore {
public:
    CountingStore(ObjectStore& inner, std::atomic<std::uint64_t>& bytes) : inner_(inner), bytes_(bytes) {}
    Task<ListPage> list(std::string prefix, std::string delimiter, std::string token, std::stop_token stop) override;
    Task<OpenObject> open(std::string name, ByteRange range, std::string if_match, std::stop_token stop) override;

private:
    ObjectStore& inner_;
    std::atomic<std::uint64_t>& bytes_;
};

}  // namespace af
