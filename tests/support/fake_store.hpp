// An ObjectStore in memory that pages as S3 does and records what was asked of it.
#pragma once

#include "stages/object_store.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace af {

class FakeStore final : public ObjectStore {
public:
    std::map<std::string, std::uint64_t> objects;  // full name -> size
    std::size_t page_size = 1000;
    std::string fail_prefix;  // listing it fails
    std::vector<std::string> listed;

    Task<ListPage> list(std::string prefix, std::string delimiter, std::string token, std::stop_token) override {
        listed.push_back(prefix + " " + delimiter);
        if (!fail_prefix.empty() && prefix == fail_prefix)
            throw Error(ErrorKind::refused, "list " + prefix + ": AccessDenied");
        ListPage page;
        std::string after = token;  // everything up to here was answered
        for (auto at = objects.lower_bound(prefix); at != objects.end() && at->first.starts_with(prefix); ++at) {
            const std::size_t cut = delimiter.empty() ? std::string::npos : at->first.find(delimiter, prefix.size());
            const std::string item = at->first.substr(0, cut == std::string::npos ? cut : cut + delimiter.size());
            if (!after.empty() && item <= after) continue;
            if (page.objects.size() + page.prefixes.size() == page_size) {
                page.next_token = after;
                break;
            }
            after = item;
            if (cut != std::string::npos) {
                page.prefixes.push_back(item);
            } else {
                ObjectRef object;
                object.name = item;
                object.size = at->second;
                object.etag = "\"e\"";
                page.objects.push_back(std::move(object));
            }
        }
        co_return page;
    }

    Task<OpenObject> open(std::string name, ByteRange, std::string, std::stop_token) override {
        throw Error(ErrorKind::not_found, name + ": a FakeStore is only listed");
        co_return OpenObject();
    }
};

}  // namespace af
