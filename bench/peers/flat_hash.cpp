// af-flat-hash PATH...  -  adds up the values of each key of plain `key<TAB>value` or `key value` lines, on one thread.
//
// The peer of a built-in sum, written as a good programmer writes it for this one question: large reads, memchr for the
// lines, one open-addressing table with a tag of the hash beside each place, keys in one buffer, a sort at the end by
// the first eight bytes of the keys. Folders are read one level deep. Whole numbers of 64 bits; no errors but "cannot
// read" and "not a number", no bound on its memory, nothing on disk. Prints `key<TAB>sum` lines sorted bytewise.
#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace {

[[noreturn]] void die(const char* why, std::string_view what) {
    std::fprintf(stderr, "af-flat-hash: %s: %.*s\n", why, static_cast<int>(what.size()), what.data());
    std::exit(1);
}

struct Entry {
    std::uint64_t key_at;
    std::uint32_t key_size;
    std::int64_t sum;
};

class Table {
public:
    Table() { grow(1 << 16); }

    void add(std::string_view key, std::int64_t value) {
        if (entries_.size() * 2 >= slots_.size()) grow(slots_.size() * 2);
        const std::uint64_t hash = XXH3_64bits(key.data(), key.size());
        const auto tag = static_cast<std::uint32_t>(hash >> 32);
        for (std::size_t at = hash & mask_;; at = (at + 1) & mask_) {
            Slot& slot = slots_[at];
            if (slot.number == kFree) {
                slot = {tag, static_cast<std::uint32_t>(entries_.size())};
                entries_.push_back({keys_.size(), static_cast<std::uint32_t>(key.size()), value});
                keys_.append(key);
                return;
            }
            if (slot.tag != tag) continue;
            Entry& entry = entries_[slot.number];
            if (this->key(entry) != key) continue;
            entry.sum += value;
            return;
        }
    }

    std::string_view key(const Entry& entry) const { return {keys_.data() + entry.key_at, entry.key_size}; }
    const std::vector<Entry>& entries() const { return entries_; }

private:
    static constexpr std::uint32_t kFree = UINT32_MAX;
    struct Slot {
        std::uint32_t tag = 0;
        std::uint32_t number = kFree;
    };

    void grow(std::size_t size) {
        slots_.assign(size, Slot());
        mask_ = size - 1;
        for (std::uint32_t number = 0; number < entries_.size(); ++number) {
            const std::string_view text = key(entries_[number]);
            const std::uint64_t hash = XXH3_64bits(text.data(), text.size());
            std::size_t at = hash & mask_;
            while (slots_[at].number != kFree) at = (at + 1) & mask_;
            slots_[at] = {static_cast<std::uint32_t>(hash >> 32), number};
        }
    }

    std::vector<Slot> slots_;
    std::size_t mask_ = 0;
    std::vector<Entry> entries_;
    std::string keys_;
};

void add_line(Table& table, std::string_view line) {
    const void* found = std::memchr(line.data(), '\t', line.size());
    if (!found) found = std::memchr(line.data(), ' ', line.size());
    if (!found) die("no value", line);
    const char* value = static_cast<const char*>(found) + 1;
    const char* end = line.data() + line.size();
    std::int64_t number = 0;
    const auto [stop, error] = std::from_chars(value, end, number);
    if (error != std::errc() || stop != end) die("not a number", line);
    table.add({line.data(), static_cast<std::size_t>(value - 1 - line.data())}, number);
}

// Whole lines of the buffer; how many bytes they were.
std::size_t add_lines(Table& table, std::string_view bytes) {
    std::size_t start = 0;
    while (const void* found = std::memchr(bytes.data() + start, '\n', bytes.size() - start)) {
        const auto newline = static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
        add_line(table, bytes.substr(start, newline - start));
        start = newline + 1;
    }
    return start;
}

void add_file(Table& table, const std::string& path, std::string& buffer) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) die("cannot read", path);
    std::size_t kept = 0;
    for (;;) {
        if (kept == buffer.size()) buffer.resize(2 * buffer.size());
        const ssize_t got = ::read(file, buffer.data() + kept, buffer.size() - kept);
        if (got < 0) die("cannot read", path);
        if (got == 0) break;
        const std::size_t size = kept + static_cast<std::size_t>(got);
        const std::size_t done = add_lines(table, {buffer.data(), size});
        kept = size - done;
        std::memmove(buffer.data(), buffer.data() + done, kept);
    }
    if (kept > 0) add_line(table, {buffer.data(), kept});
    ::close(file);
}

std::uint64_t prefix_of(std::string_view key) {
    char bytes[8] = {};
    std::memcpy(bytes, key.data(), std::min<std::size_t>(8, key.size()));
    std::uint64_t value = 0;
    std::memcpy(&value, bytes, 8);
    return std::endian::native == std::endian::little ? __builtin_bswap64(value) : value;
}

void print(const Table& table) {
    struct Place {
        std::uint64_t prefix;
        const Entry* entry;
    };
    std::vector<Place> order;
    order.reserve(table.entries().size());
    for (const Entry& entry : table.entries()) order.push_back({prefix_of(table.key(entry)), &entry});
    std::sort(order.begin(), order.end(), [&](const Place& a, const Place& b) {
        return a.prefix != b.prefix ? a.prefix < b.prefix : table.key(*a.entry) < table.key(*b.entry);
    });
    std::string out;
    char digits[24];
    for (const Place& place : order) {
        out += table.key(*place.entry);
        out += '\t';
        out.append(digits, std::to_chars(digits, digits + sizeof digits, place.entry->sum).ptr);
        out += '\n';
        if (out.size() < 1 << 18) continue;
        std::fwrite(out.data(), 1, out.size(), stdout);
        out.clear();
    }
    std::fwrite(out.data(), 1, out.size(), stdout);
    if (std::fflush(stdout) != 0) die("cannot write", "standard output");
}

}  // namespace

int main(int argc, char** argv) {
    Table table;
    std::string buffer(1 << 18, '\0');
    for (int i = 1; i < argc; ++i) {
        if (!std::filesystem::is_directory(argv[i])) {
            add_file(table, argv[i], buffer);
            continue;
        }
        for (const auto& entry : std::filesystem::directory_iterator(argv[i])) add_file(table, entry.path(), buffer);
    }
    print(table);
}
