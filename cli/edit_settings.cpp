#include "cli/edit_settings.hpp"

#include "engine/atomic_file.hpp"
#include "engine/error.hpp"
#include "stages/job/yaml_tree.hpp"
#include "stages/s3/profile.hpp"
#include "stages/text.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>

namespace af {
namespace {

namespace fs = std::filesystem;

Error by_hand(std::string_view file, std::string_view name) {
    return Error(ErrorKind::config, fmt::format("{}: {} cannot be set without changing other lines", file, name))
        .about(file)
        .hint("edit the file by hand: one NAME: VALUE a line");
}

std::string yaml_scalar(std::string_view value) {
    const bool is_plain = !value.empty() && is_alphanumeric(value.substr(0, 1), "/") &&
                          is_alphanumeric(value, "_./@+:-") && value.back() != ':' && value != "null";
    if (is_plain) return std::string(value);
    std::string text = "\"";
    for (const char c : value) {
        if (c == '"' || c == '\\') text += '\\';
        text += c;
    }
    return text + '"';
}

// Where the scalar at the beginning of `text` ends: behind its quote, else in front of a comment or the end of the
// line.
std::size_t scalar_end(std::string_view text) {
    if (text.starts_with('"') || text.starts_with('\'')) {
        const char quote = text.front();
        for (std::size_t at = 1; at < text.size(); ++at) {
            if (quote == '"' && text[at] == '\\') {
                ++at;
            } else if (text[at] == quote) {
                return at + 1;
            }
        }
        return text.size();
    }
    const std::size_t end = std::min({text.find(" #"), text.find("\t#"), text.find('\r'), text.size()});
    return text.substr(0, end).find_last_not_of(" \t") + 1;
}

std::string replaced_line(std::string_view line, std::string_view value) {
    const std::size_t colon = line.find(':');
    if (colon == line.npos) return std::string(line);
    const std::size_t begin = std::min(line.find_first_not_of(" \t", colon + 1), line.size());
    const std::string_view rest = line.substr(begin);
    return fmt::format("{} {}{}", line.substr(0, colon + 1), value, rest.substr(scalar_end(rest)));
}

// Whether the two say the same, but for `name`.
bool differ_in_one(const YamlNode& before, const YamlNode& after, std::string_view name) {
    const auto others = [name](const YamlNode& node) {
        return std::count_if(node.entries.begin(), node.entries.end(),
                             [name](const YamlEntry& entry) { return entry.key.text != name; });
    };
    return others(before) == others(after) &&
           std::all_of(before.entries.begin(), before.entries.end(), [&](const YamlEntry& entry) {
               const YamlNode* same = after.find(entry.key.text);
               return entry.key.text == name ||
                      (same && same->kind == entry.value.kind && same->text == entry.value.text);
           });
}

struct Line {
    std::size_t begin;
    std::size_t end;  // of its text, in front of the newline
};

Line line_at(std::string_view text, std::size_t number) {
    std::size_t begin = 0;
    for (std::size_t line = 1; line < number; ++line) begin = text.find('\n', begin) + 1;
    return {begin, std::min(text.find('\n', begin), text.size())};
}

std::string replaced(std::string_view text, std::size_t line_number, std::string_view value) {
    const Line line = line_at(text, line_number);
    return fmt::format("{}{}{}", text.substr(0, line.begin),
                       replaced_line(text.substr(line.begin, line.end - line.begin), value), text.substr(line.end));
}

// A file of settings, or one without any.
YamlNode parse_settings(std::string_view text, std::string_view file, std::string_view name) {
    YamlNode settings = parse_yaml(text, file);
    if (settings.kind != YamlNode::Kind::map && settings.kind != YamlNode::Kind::null) throw by_hand(file, name);
    return settings;
}

YamlNode parse_edited(const std::string& edited, std::string_view file, std::string_view name) {
    try {
        return parse_settings(edited, file, name);
    } catch (const Error&) {
        throw by_hand(file, name);
    }
}

const YamlEntry* entry_of(const YamlNode& settings, std::string_view name) {
    const auto entry = std::find_if(settings.entries.begin(), settings.entries.end(),
                                    [name](const YamlEntry& candidate) { return candidate.key.text == name; });
    return entry == settings.entries.end() ? nullptr : &*entry;
}

// Held while this lives. The folder's, since the file is replaced.
File locked_folder(const fs::path& folder) {
    File lock(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), folder.string());
    if (!lock) throw os_error(errno, "open " + folder.string()).about(folder.string());
    while (::flock(lock.descriptor(), LOCK_EX) != 0) {
        if (errno != EINTR) throw os_error(errno, "lock " + folder.string()).about(folder.string());
    }
    return lock;
}

void make_folder(const fs::path& folder) {
    std::error_code failed;
    if (fs::exists(folder, failed)) return;
    if (!folder.parent_path().empty()) fs::create_directories(folder.parent_path(), failed);
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
        throw os_error(errno, "create " + folder.string()).about(folder.string());
}

}  // namespace

std::string with_setting(std::string_view text, std::string_view file, std::string_view name, std::string_view value) {
    const YamlNode before = parse_settings(text, file, name);
    std::string edited(text);
    if (const YamlEntry* entry = entry_of(before, name)) {
        edited = replaced(text, entry->key.line, yaml_scalar(value));
    } else {
        if (!edited.empty() && !edited.ends_with('\n')) edited += '\n';
        edited += fmt::format("{}: {}\n", name, yaml_scalar(value));
    }
    const YamlNode after = parse_edited(edited, file, name);
    const YamlNode* changed = after.find(name);
    if (!changed || !changed->is_scalar() || changed->text != value || !differ_in_one(before, after, name))
        throw by_hand(file, name);
    return edited;
}

std::string without_setting(std::string_view text, std::string_view file, std::string_view name) {
    const YamlNode before = parse_settings(text, file, name);
    const YamlEntry* entry = entry_of(before, name);
    if (!entry) return std::string(text);
    const Line line = line_at(text, entry->key.line);
    std::string edited(text);
    edited.erase(line.begin, line.end + 1 - line.begin);
    const YamlNode after = parse_edited(edited, file, name);
    if (after.find(name) || !differ_in_one(before, after, name)) throw by_hand(file, name);
    return edited;
}

namespace {

// The file as `edit` makes it, for others at once.
template <class Edit>
void rewrite(const fs::path& file, Edit&& edit) {
    std::error_code ignored;
    const fs::path target = fs::is_symlink(file, ignored) ? fs::weakly_canonical(file) : file;
    make_folder(target.parent_path());
    const File lock = locked_folder(target.parent_path());
    const std::string text = read_small_file(target.string(), YamlLimits().max_bytes).value_or("");
    const std::string changed = edit(text, target.string());
    if (changed == text) return;
    AtomicFile edited(target);
    edited.append(changed);
    edited.commit();
}

}  // namespace

void write_setting(const fs::path& file, std::string_view name, std::string_view value) {
    rewrite(file,
            [&](const std::string& text, const std::string& path) { return with_setting(text, path, name, value); });
}

bool remove_setting(const fs::path& file, std::string_view name) {
    std::error_code ignored;
    if (!fs::exists(file, ignored)) return false;
    bool was_there = false;
    rewrite(file, [&](const std::string& text, const std::string& path) {
        std::string without = without_setting(text, path, name);
        was_there = without != text;
        return without;
    });
    return was_there;
}

}  // namespace af
