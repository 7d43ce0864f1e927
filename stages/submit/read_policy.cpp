#include "stages/submit/federation_token.hpp"

#include "stages/s3/endpoint.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <deque>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

namespace af {
namespace {

using Json = nlohmann::ordered_json;

struct Key {
    std::string_view bucket;
    std::string_view key;
    auto operator<=>(const Key&) const = default;
};

// Keys of one bucket that begin alike.
struct Branch {
    std::span<const Key> keys;  // sorted, not empty
    std::size_t prefix = 0;     // bytes of what they begin with; 0, or after a '/'
};

std::vector<Key> keys_of(std::span<const ObjectRef> objects) {
    std::vector<Key> keys;
    keys.reserve(objects.size());
    for (const ObjectRef& object : objects) {
        if (!is_s3_name(object.name)) continue;
        const std::string_view rest = std::string_view(object.name).substr(std::string_view("s3://").size());
        const std::string_view bucket = rest.substr(0, rest.find('/'));
        if (keys.empty() || keys.back().bucket != bucket) {
            Result<S3Name> checked = parse_s3_name(object.name);
            if (!checked) throw std::move(checked.error());
        }
        keys.push_back({bucket, rest.substr(std::min(bucket.size() + 1, rest.size()))});
    }
    std::sort(keys.begin(), keys.end());
    return keys;
}

// Of sorted keys the first and the last differ the earliest.
Branch branch_of(std::span<const Key> keys) {
    const std::string_view first = keys.front().key;
    const std::string_view last = keys.back().key;
    const auto differ = std::mismatch(first.begin(), first.end(), last.begin(), last.end());
    const std::string_view common = first.substr(0, static_cast<std::size_t>(differ.first - first.begin()));
    return {keys, common.rfind('/') + 1};  // npos + 1 is 0
}

// The folders below, when all keys lie in one; else nothing. `most`: given up above that many.
std::vector<Branch> split(const Branch& branch, std::size_t most) {
    std::vector<Branch> out;
    for (std::span<const Key> rest = branch.keys; !rest.empty();) {
        const std::size_t slash = rest.front().key.find('/', branch.prefix);
        if (slash == std::string_view::npos || out.size() == most) return {};
        const std::string_view folder = rest.front().key.substr(0, slash + 1);
        const auto end =
            std::find_if(rest.begin(), rest.end(), [&](const Key& key) { return !key.key.starts_with(folder); });
        const auto count = static_cast<std::size_t>(end - rest.begin());
        out.push_back(branch_of(rest.first(count)));
        rest = rest.subspan(count);
    }
    return out;
}

// In IAM's resources and conditions '*' and '?' are wildcards and ${...} a variable; this is how they are written as
// themselves (IAM user guide, "Policy variables: special characters").
std::string literal(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '*' || c == '?' || c == '$')
            out.append("${").append(1, c).append("}");
        else
            out.push_back(c);
    }
    return out;
}

std::string_view partition_of(std::string_view region) {
    if (region.starts_with("cn-")) return "aws-cn";
    if (region.starts_with("us-gov-")) return "aws-us-gov";
    return "aws";
}

Json list_statement(const std::string& bucket_arn, const Json& prefixes) {
    Json statement{{"Effect", "Allow"}, {"Action", "s3:ListBucket"}, {"Resource", bucket_arn}};
    // A request without a prefix has no s3:prefix, which no condition would meet.
    if (std::find(prefixes.begin(), prefixes.end(), "*") == prefixes.end())
        statement["Condition"] = {{"StringLike", {{"s3:prefix", prefixes}}}};
    return statement;
}

}  // namespace

std::vector<ReadPrefix> common_prefixes(std::span<const ObjectRef> objects, std::size_t most) {
    const std::vector<Key> keys = keys_of(objects);
    std::deque<Branch> open;
    for (std::span<const Key> rest = keys; !rest.empty();) {
        const auto end =
            std::find_if(rest.begin(), rest.end(), [&](const Key& key) { return key.bucket != rest.front().bucket; });
        const auto count = static_cast<std::size_t>(end - rest.begin());
        open.push_back(branch_of(rest.first(count)));
        rest = rest.subspan(count);
    }
    // Level by level, so that no folder is told apart in detail before its neighbours are at all.
    std::vector<Branch> done;
    while (!open.empty()) {
        const Branch branch = open.front();
        open.pop_front();
        const std::size_t others = open.size() + done.size();
        const std::vector<Branch> parts = split(branch, most > others ? most - others : 0);
        if (parts.empty())
            done.push_back(branch);
        else
            open.insert(open.end(), parts.begin(), parts.end());
    }
    std::vector<ReadPrefix> out;
    for (const Branch& branch : done) {
        const Key& key = branch.keys.front();
        out.push_back({std::string(key.bucket), std::string(key.key.substr(0, branch.prefix))});
    }
    std::sort(out.begin(), out.end(), [](const ReadPrefix& a, const ReadPrefix& b) {
        return std::tie(a.bucket, a.prefix) < std::tie(b.bucket, b.prefix);
    });
    return out;
}

std::string read_policy(std::span<const ReadPrefix> prefixes, std::string_view region) {
    Json objects = Json::array();
    std::map<std::string, Json> listed;
    for (const ReadPrefix& prefix : prefixes) {
        const std::string arn = fmt::format("arn:{}:s3:::{}", partition_of(region), prefix.bucket);
        const std::string below = literal(prefix.prefix) + "*";
        objects.push_back(arn + "/" + below);
        listed[arn].push_back(below);
    }
    Json statements = Json::array();
    statements.push_back({{"Effect", "Allow"}, {"Action", "s3:GetObject"}, {"Resource", objects}});
    for (const auto& [arn, below] : listed) statements.push_back(list_statement(arn, below));
    const Json policy{{"Version", "2012-10-17"}, {"Statement", statements}};
    try {
        return policy.dump(-1, ' ', true);  // ASCII: STS takes no character above U+00FF
    } catch (const Json::type_error&) {
        throw Error(ErrorKind::usage,
                    "the names of the objects are not UTF-8: no policy can name what they have in common");
    }
}

}  // namespace af
