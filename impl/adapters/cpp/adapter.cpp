// An adapter for Harness in one file of C++17 without libraries: the protocol (conformance/PROTOCOL.md), and equations written natively.
//
//     g++ -O2 -std=c++17 -o adapter adapter.cpp
//     harness verify --exec ./adapter
//
// From the top: JSON, safetensors, the equations, the commands. To add an equation:
//   1. `harness list 'lm2.gate.*'` prints ids, shapes, attributes and definitions;
//      `harness explain lm2.gate.output/tiny-width-2` prints a case that can be checked by hand.
//   2. Write it as a function over tensors, and add a line to equations() below. What is not in that table is never asked for.
//   3. `harness verify --exec ./adapter --equation lm2.gate.output`; a failure says which entry is wrong, and how far.
//
// A gradient is an equation like the others: lm2.gate.input.vjp gets a cotangent grad_g_in beside E and W_in, and gives grad_E and grad_W_in.
//
// Anything but answers goes to std::cerr. Safetensors files are little-endian; so must be the machine.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

// ---------------------------------------------------------------------------------------------------------------------------------
// JSON

// One value. Scalars keep the text they were written with, so that an id comes back digit for digit and a number is rounded once.
struct Json
{
    std::string text;               // a string's characters, or a number, true, false, null as written
    std::vector<Json> items;        // of an array, or the values of an object
    std::vector<std::string> keys;  // of an object, beside its values

    // Fields that nobody asks for are never looked at.
    const Json* find(const std::string& key) const
    {
        const auto at = std::find(keys.begin(), keys.end(), key);
        return at == keys.end() ? nullptr : &items[static_cast<std::size_t>(at - keys.begin())];
    }

    const Json& operator[](const std::string& key) const
    {
        const Json* value = find(key);
        if (value == nullptr)
            throw std::runtime_error("field '" + key + "' is missing");
        return *value;
    }

    std::size_t integer() const { return static_cast<std::size_t>(std::strtoull(text.c_str(), nullptr, 10)); }
    double number() const { return std::strtod(text.c_str(), nullptr); }
    bool flag() const { return text == "true"; }
};

class JsonReader
{
public:
    explicit JsonReader(const std::string& source) : source_(source) {}

    Json read()
    {
        Json value;
        const char first = peek();
        if (first == '"')
            value.text = read_string();
        else if (first == '[')
            read_items(value, ']');
        else if (first == '{')
            read_items(value, '}');
        else
            value.text = read_word();
        return value;
    }

private:
    const std::string& source_;
    std::size_t at_ = 0;

    // The next character that is not blank.
    char peek()
    {
        at_ = source_.find_first_not_of(" \t\r\n", at_);
        if (at_ == std::string::npos)
            throw std::runtime_error("JSON ends early");
        return source_[at_];
    }

    void expect(char wanted)
    {
        if (peek() != wanted)
            throw std::runtime_error("JSON at " + std::to_string(at_) + ": found " + source_.substr(at_, 1) + ", expected " + wanted);
        ++at_;
    }

    void read_items(Json& value, char end)
    {
        ++at_;
        while (peek() != end)
        {
            if (!value.items.empty())
                expect(',');
            if (end == '}')
            {
                peek();
                value.keys.push_back(read_string());
                expect(':');
            }

            value.items.push_back(read());
        }

        ++at_;
    }

    std::string read_word()
    {
        const std::size_t end = source_.find_first_of(",]} \t\r\n", at_);
        std::string word = source_.substr(at_, end - at_);
        at_ = std::min(end, source_.size());
        return word;
    }

    std::string read_string()
    {
        expect('"');
        std::string result;
        for (;;)
        {
            const char c = next();
            if (c == '"')
                return result;
            if (c == '\\')
                read_escape(result);
            else
                result += c;
        }
    }

    void read_escape(std::string& result)
    {
        static const std::string Letters = "bfnrt", Meanings = "\b\f\n\r\t";
        const char letter = next();
        const std::size_t known = Letters.find(letter);
        if (letter == 'u')
            append_utf8(read_code_point(), result);
        else
            result += known == std::string::npos ? letter : Meanings[known];
    }

    char next()
    {
        if (at_ >= source_.size())
            throw std::runtime_error("JSON ends within a string");
        return source_[at_++];
    }

    std::uint32_t read_code_point()
    {
        const std::uint32_t first = read_four_digits();
        const bool is_high_surrogate = first >= 0xD800 && first < 0xDC00;
        if (!is_high_surrogate || source_.compare(at_, 2, "\\u") != 0)
            return first;
        at_ += 2;
        return 0x10000 + ((first - 0xD800) << 10) + (read_four_digits() - 0xDC00);
    }

    std::uint32_t read_four_digits()
    {
        if (source_.size() - at_ < 4)
            throw std::runtime_error("JSON ends within a \\u escape");
        at_ += 4;
        return static_cast<std::uint32_t>(std::stoul(source_.substr(at_ - 4, 4), nullptr, 16));
    }

    static void append_utf8(std::uint32_t code, std::string& result)
    {
        const auto byte = [&result](std::uint32_t bits) { result += static_cast<char>(bits); };
        if (code < 0x80)
        {
            byte(code);
            return;
        }

        if (code < 0x800)
            byte(0xC0 | code >> 6);
        else if (code < 0x10000)
            byte(0xE0 | code >> 12);
        else
            byte(0xF0 | code >> 18);
        if (code >= 0x10000)
            byte(0x80 | (code >> 12 & 0x3F));
        if (code >= 0x800)
            byte(0x80 | (code >> 6 & 0x3F));
        byte(0x80 | (code & 0x3F));
    }
};

std::string quoted(const std::string& text)
{
    static const char Digits[] = "0123456789abcdef";
    std::string result = "\"";
    for (const char c : text)
    {
        const auto code = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            result += {'\\', c};
        else if (code < 0x20)
            result += {'\\', 'u', '0', '0', Digits[code >> 4], Digits[code & 15]};
        else
            result += c;
    }

    return result + '"';
}

// Items with commas between them.
template <typename Items, typename Format>
std::string joined(const Items& items, Format format)
{
    std::string result;
    for (const auto& item : items)
        result += (result.empty() ? "" : ", ") + format(item);
    return result;
}

// ---------------------------------------------------------------------------------------------------------------------------------
// Tensors and safetensors files

using Shape = std::vector<std::size_t>;

// Row-major. Real is the format of the run: double or float.
template <typename Real>
struct Tensor
{
    Shape shape;
    std::vector<Real> values;

    explicit Tensor(Shape extents) :
        shape(std::move(extents)),
        values(std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<std::size_t>()))
    {
    }
};

template <typename Real>
using Tensors = std::map<std::string, Tensor<Real>>;

template <typename Real>
const char* safetensors_dtype();
template <>
const char* safetensors_dtype<double>() { return "F64"; }
template <>
const char* safetensors_dtype<float>() { return "F32"; }

// A safetensors file: the header's length in 8 bytes, the header in JSON, the tensors' bytes.
template <typename Real>
Tensors<Real> read_safetensors(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    if (!file)
        throw std::runtime_error("cannot read " + path);
    const std::string content{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    std::uint64_t header_bytes = 0;
    if (content.size() < sizeof header_bytes)
        throw std::runtime_error(path + " is too short for a safetensors file");
    std::memcpy(&header_bytes, content.data(), sizeof header_bytes);
    if (header_bytes > content.size() - sizeof header_bytes)
        throw std::runtime_error(path + ": the header is truncated");
    const std::string header_text = content.substr(sizeof header_bytes, header_bytes);
    const std::size_t data_start = sizeof header_bytes + header_bytes;

    Tensors<Real> tensors;
    const Json header = JsonReader(header_text).read();
    for (const std::string& name : header.keys)
    {
        if (name == "__metadata__")
            continue;
        const Json& entry = header[name];
        if (entry["dtype"].text != safetensors_dtype<Real>())
            throw std::runtime_error(name + " is " + entry["dtype"].text + ", expected " + safetensors_dtype<Real>());
        Shape shape;
        for (const Json& extent : entry["shape"].items)
            shape.push_back(extent.integer());
        Tensor<Real> tensor(shape);
        const std::size_t start = data_start + entry["data_offsets"].items.at(0).integer();
        const std::size_t bytes = tensor.values.size() * sizeof(Real);
        if (start > content.size() || bytes > content.size() - start)
            throw std::runtime_error(path + ": " + name + " is truncated");
        if (bytes > 0)
            std::memcpy(tensor.values.data(), content.data() + start, bytes);
        tensors.emplace(name, std::move(tensor));
    }

    return tensors;
}

template <typename Real>
void write_safetensors(const std::string& path, const Tensors<Real>& tensors)
{
    std::size_t end = 0;
    std::string header = "{" + joined(tensors, [&end](const auto& entry) {
        const std::size_t start = end;
        end += entry.second.values.size() * sizeof(Real);
        return quoted(entry.first) + ": {\"dtype\": \"" + safetensors_dtype<Real>() + "\", \"shape\": ["
            + joined(entry.second.shape, [](std::size_t extent) { return std::to_string(extent); })
            + "], \"data_offsets\": [" + std::to_string(start) + ", " + std::to_string(end) + "]}";
    }) + "}";
    header.append((8 - header.size() % 8) % 8, ' ');

    std::ofstream file(path, std::ios::binary);
    const std::uint64_t header_bytes = header.size();
    file.write(reinterpret_cast<const char*>(&header_bytes), sizeof header_bytes);
    file << header;
    for (const auto& entry : tensors)
        file.write(reinterpret_cast<const char*>(entry.second.values.data()),
            static_cast<std::streamsize>(entry.second.values.size() * sizeof(Real)));
    file.close();
    if (!file)
        throw std::runtime_error("cannot write " + path);
}

// ---------------------------------------------------------------------------------------------------------------------------------
// The equations, in the symbols of `harness list`. The harness sends only inputs that fit an equation's signature.

// What an equation is computed from.
template <typename Real>
struct Call
{
    Tensors<Real> inputs;
    const Json& attributes;

    const Tensor<Real>& operator[](const std::string& name) const
    {
        const auto at = inputs.find(name);
        if (at == inputs.end())
            throw std::runtime_error("input " + name + " is missing");
        return at->second;
    }
};

// f(x) entry by entry.
template <typename Real, typename Function>
Tensor<Real> map(Tensor<Real> x, Function f)
{
    std::transform(x.values.begin(), x.values.end(), x.values.begin(), f);
    return x;
}

// [beyond the skeleton
// f(x, y) entry by entry, x and y of one shape.
template <typename Real, typename Function>
Tensor<Real> map(Tensor<Real> x, const Tensor<Real>& y, Function f)
{
    std::transform(x.values.begin(), x.values.end(), y.values.begin(), x.values.begin(), f);
    return x;
}

template <typename Real>
Tensor<Real> times(Tensor<Real> x, const Tensor<Real>& y)
{
    return map(std::move(x), y, std::multiplies<Real>());
}

template <typename Real>
Tensor<Real> plus(Tensor<Real> x, const Tensor<Real>& y)
{
    return map(std::move(x), y, std::plus<Real>());
}

// beyond the skeleton]
// X W for X [..., n] and W [n, m].
template <typename Real>
Tensor<Real> product(const Tensor<Real>& x, const Tensor<Real>& w)
{
    const std::size_t n = w.shape[0], m = w.shape[1];
    Shape shape = x.shape;
    shape.back() = m;
    Tensor<Real> y(shape);
    for (std::size_t row = 0; row < x.values.size() / n; ++row)
        for (std::size_t k = 0; k < n; ++k)
            for (std::size_t column = 0; column < m; ++column)
                y.values[row * m + column] += x.values[row * n + k] * w.values[k * m + column];
    return y;
}

// σ(x). The exponent is never positive, so that nothing overflows.
template <typename Real>
Real sigmoid(Real x)
{
    const Real e = std::exp(-std::abs(x));
    return x > 0 ? 1 / (1 + e) : e / (1 + e);
}

// σ(X W): all three gates.
template <typename Real>
Tensor<Real> gate(const Tensor<Real>& x, const Tensor<Real>& w)
{
    return map(product(x, w), sigmoid<Real>);
}

// [beyond the skeleton
// M [N,d,d] with an identity in every slot, or M [N,d], the first rows of one.
template <typename Real>
Tensor<Real> identity_bank(const Shape& shape)
{
    Tensor<Real> M(shape);
    const std::size_t d = shape.back();
    // The entries of a slot are numbered row by row; those of a vector bank are all in one "slot".
    const std::size_t entries = shape.size() == 3 ? d * d : M.values.size();
    for (std::size_t i = 0; i < M.values.size(); ++i)
        M.values[i] = i % entries / d == i % d ? Real(1) : Real(0);
    return M;
}

// M [B,N,d,d] seen as its rows [B,N·d,d]; rows stay as they are.
template <typename Real>
Tensor<Real> bank_rows(Tensor<Real> M)
{
    if (M.shape.size() == 4)
        M.shape = {M.shape[0], M.shape[1] * M.shape[2], M.shape[3]};
    return M;
}

// S_h = Q_h K_hᵀ/√dh for Q [B,T,d] and K [B,R,d]. Head h owns columns h·dh … (h+1)·dh − 1.
template <typename Real>
Tensor<Real> scores(const Tensor<Real>& Q, const Tensor<Real>& K, std::size_t H)
{
    const std::size_t B = Q.shape[0], T = Q.shape[1], d = Q.shape[2], R = K.shape[1], dh = d / H;
    const Real scale = 1 / std::sqrt(static_cast<Real>(dh));
    Tensor<Real> S({B, H, T, R});
    Real* s = S.values.data();
    for (std::size_t b = 0; b < B; ++b)
        for (std::size_t h = 0; h < H; ++h)
            for (std::size_t i = 0; i < T; ++i)
                for (std::size_t j = 0; j < R; ++j)
                {
                    const Real* q = &Q.values[(b * T + i) * d + h * dh];
                    const Real* k = &K.values[(b * R + j) * d + h * dh];
                    *s++ = std::inner_product(q, q + dh, k, Real(0)) * scale;
                }
    return S;
}

// A_h = topk(softmax(S_h)), not renormalised. Ranks are those of the scores, which underflow does not tie; ties keep the lower index.
template <typename Real>
Tensor<Real> attention_weights(Tensor<Real> S, bool causal, std::size_t top_k)
{
    const std::size_t T = S.shape[2], R = S.shape[3];
    for (std::size_t row = 0; row < S.values.size() / R; ++row)
    {
        Real* s = &S.values[row * R];
        const std::size_t visible = causal ? row % T + 1 : R;
        std::vector<std::size_t> dropped(visible);
        std::iota(dropped.begin(), dropped.end(), std::size_t{0});
        std::stable_sort(dropped.begin(), dropped.end(), [s](std::size_t i, std::size_t j) { return s[i] > s[j]; });
        const std::size_t kept = top_k == 0 ? visible : std::min(top_k, visible);
        dropped.erase(dropped.begin(), dropped.begin() + static_cast<std::ptrdiff_t>(kept));

        const Real maximum = *std::max_element(s, s + visible);
        std::transform(s, s + visible, s, [maximum](Real score) { return std::exp(score - maximum); });
        const Real sum = std::accumulate(s, s + visible, Real(0));
        std::transform(s, s + visible, s, [sum](Real weight) { return weight / sum; });
        std::fill(s + visible, s + R, Real(0));
        for (const std::size_t j : dropped)
            s[j] = 0;
    }

    return S;
}

// concat_h(A_h V_h) for A [B,H,T,R] and V [B,R,d].
template <typename Real>
Tensor<Real> retrieve(const Tensor<Real>& A, const Tensor<Real>& V)
{
    const std::size_t B = A.shape[0], H = A.shape[1], T = A.shape[2], R = A.shape[3], d = V.shape[2], dh = d / H;
    Tensor<Real> Y({B, T, d});
    for (std::size_t b = 0; b < B; ++b)
        for (std::size_t i = 0; i < T; ++i)
            for (std::size_t r = 0; r < R; ++r)
                for (std::size_t c = 0; c < d; ++c)
                    Y.values[(b * T + i) * d + c] += A.values[((b * H + c / dh) * T + i) * R + r] * V.values[(b * R + r) * d + c];
    return Y;
}

// align_R(X), X [B,T,d]: adaptive average pooling for T > R, linear interpolation at (r+½)T/R − ½ for T < R.
template <typename Real>
Tensor<Real> align(const Tensor<Real>& X, std::size_t R)
{
    const std::size_t B = X.shape[0], T = X.shape[1], d = X.shape[2];
    if (T == R)
        return X;
    Tensor<Real> Y({B, R, d});
    for (std::size_t b = 0; b < B; ++b)
        for (std::size_t r = 0; r < R; ++r)
            for (std::size_t c = 0; c < d; ++c)
            {
                const auto x = [&](std::size_t i) { return X.values[(b * T + i) * d + c]; };
                Real& y = Y.values[(b * R + r) * d + c];
                if (T > R)
                {
                    const std::size_t first = r * T / R, end = ((r + 1) * T + R - 1) / R;
                    for (std::size_t i = first; i < end; ++i)
                        y += x(i);
                    y /= static_cast<Real>(end - first);
                }
                else
                {
                    // The position in units of 1/(2R), so that it is exact, clamped to [0, T−1].
                    const std::size_t twice = (2 * r + 1) * T;
                    const std::size_t s = std::min(twice > R ? twice - R : 0, 2 * R * (T - 1));
                    const std::size_t i = s / (2 * R);
                    const Real w = static_cast<Real>(s % (2 * R)) / static_cast<Real>(2 * R);
                    y = (1 - w) * x(i) + w * x(std::min(i + 1, T - 1));
                }
            }
    return Y;
}

// `bank`: g_out ⊙ align_T(M); `retrieved`: g_out ⊙ E_mem.
template <typename Real>
Tensor<Real> readout(const Tensor<Real>& g_out, const Tensor<Real>& E_mem, const Tensor<Real>& M, const std::string& source)
{
    return times(g_out, source == "bank" ? align(M, g_out.shape[1]) : E_mem);
}

// M_next = align_R(g_in ⊙ tanh(E_mem)) + align_R(g_forget) ⊙ M.
template <typename Real>
Tensor<Real> update(const Tensor<Real>& g_in, const Tensor<Real>& E_mem, const Tensor<Real>& g_forget, const Tensor<Real>& M)
{
    const std::size_t R = M.shape[1];
    const Tensor<Real> written = times(map(E_mem, [](Real x) { return std::tanh(x); }), g_in);
    return plus(align(written, R), times(align(g_forget, R), M));
}

// The readout uses the old M; E_attn enters the skip only.
template <typename Real>
Tensors<Real> memory_step(const Call<Real>& call)
{
    const Tensor<Real>& E = call["E"];
    const Tensor<Real> M = bank_rows(call["M"]);
    const Tensor<Real> S = scores(product(E, call["W_Q"]), product(M, call["W_K"]), call.attributes["heads"].integer());
    const Tensor<Real> A = attention_weights(S, call.attributes["causal"].flag(), call.attributes["top_k"].integer());
    const Tensor<Real> E_mem = retrieve(A, product(M, call["W_V"]));
    const Tensor<Real> E_gated = readout(gate(E_mem, call["W_out"]), E_mem, M, call.attributes["source"].text);
    Tensor<Real> M_next = update(gate(E, call["W_in"]), E_mem, gate(E_mem, call["W_forget"]), M);
    M_next.shape = call["M"].shape;
    return {{"E_next", plus(call["E_attn"], E_gated)}, {"M_next", M_next}};
}

// softplus(x) = ln(1 + eˣ), without overflow.
template <typename Real>
Real softplus(Real x)
{
    return std::max(x, Real(0)) + std::log1p(std::exp(-std::abs(x)));
}

// N(x; m, v): the Gaussian density with mean m and variance v.
template <typename Real>
Real normal_density(Real x, Real m, Real v)
{
    const Real twice_pi = Real(6.283185307179586476925L);
    return std::exp(-(x - m) * (x - m) / (2 * v)) / std::sqrt(twice_pi * v);
}

// mu_j = linspace(0, 1, N/|widths|), each centre with every width; a sole centre is 0.
template <typename Real>
Tensors<Real> basis_grid(std::size_t N, const std::vector<Json>& widths)
{
    Tensor<Real> mu_j({N}), sigma_j({N});
    const std::size_t centres = N / widths.size();
    for (std::size_t j = 0; j < N; ++j)
    {
        mu_j.values[j] = centres == 1 ? Real(0) : static_cast<Real>(j / widths.size()) / static_cast<Real>(centres - 1);
        sigma_j.values[j] = static_cast<Real>(widths[j % widths.size()].number());
    }

    return {{"mu_j", mu_j}, {"sigma_j", sigma_j}};
}

// N(x; mu_j, v + sigma_j²) along a new last axis: psi for x = t and v = 0, its expectation for x = mu and v = var.
template <typename Real, typename Variance>
Tensor<Real> over_basis(const Tensor<Real>& x, Variance v, const Tensor<Real>& mu_j, const Tensor<Real>& sigma_j)
{
    const std::size_t N = mu_j.values.size();
    Shape shape = x.shape;
    shape.push_back(N);
    Tensor<Real> y(shape);
    for (std::size_t i = 0; i < x.values.size(); ++i)
        for (std::size_t j = 0; j < N; ++j)
            y.values[i * N + j] = normal_density(x.values[i], mu_j.values[j], v(i) + sigma_j.values[j] * sigma_j.values[j]);
    return y;
}

// i/count, i = 1…count.
template <typename Real>
Tensor<Real> even_positions(std::size_t count)
{
    Tensor<Real> t({count});
    for (std::size_t i = 1; i <= count; ++i)
        t.values[i - 1] = static_cast<Real>(i) / static_cast<Real>(count);
    return t;
}

// (τ m/M)_m ‖ (τ + (1−τ) i/L)_i, in double and rounded once.
template <typename Real>
Tensor<Real> joint_positions(std::size_t M, std::size_t L, double tau)
{
    Tensor<Real> t({M + L});
    for (std::size_t m = 1; m <= M; ++m)
        t.values[m - 1] = static_cast<Real>(tau * static_cast<double>(m) / static_cast<double>(M));
    for (std::size_t i = 1; i <= L; ++i)
        t.values[M + i - 1] = static_cast<Real>(tau + (1 - tau) * static_cast<double>(i) / static_cast<double>(L));
    return t;
}

// mu = σ(S w_mu + b_mu), var = max(softplus(S w_sigma + b_sigma), floor).
template <typename Real>
Tensors<Real> density(const Call<Real>& call)
{
    const Tensor<Real>& S = call["S"];
    const auto affine = [&](const char* weight, const char* bias) {
        const Real b = call[bias].values[0];
        Tensor<Real> w = call[weight];
        w.shape.push_back(1);
        Tensor<Real> y = map(product(S, w), [b](Real x) { return x + b; });
        y.shape.pop_back();
        return y;
    };
    const Real floor = static_cast<Real>(call.attributes["variance_floor"].number());
    return {
        {"mu", map(affine("w_mu", "b_mu"), sigmoid<Real>)},
        {"var", map(affine("w_sigma", "b_sigma"), [floor](Real x) { return std::max(softplus(x), floor); })},
    };
}

// kl = ½(var/σ₀² − ln(var/σ₀²) − 1 [+ (mu − mu_0)²/σ₀²]).
template <typename Real>
Tensor<Real> divergence(const Tensor<Real>& mu, const Tensor<Real>& var, Real sigma_0, const Json* mu_0)
{
    const Real prior = sigma_0 * sigma_0;
    return map(mu, var, [=](Real m, Real v) {
        const Real ratio = v / prior;
        const Real distance = mu_0 == nullptr ? Real(0) : m - static_cast<Real>(mu_0->number());
        return (ratio - std::log(ratio) - 1 + distance * distance / prior) / 2;
    });
}

// The gradients, written by hand. ℓ is the scalar whose gradient is taken: a cotangent grad_y is ∂ℓ/∂y.

// Wᵀ for W [n, m].
template <typename Real>
Tensor<Real> transposed(const Tensor<Real>& w)
{
    const std::size_t n = w.shape[0], m = w.shape[1];
    Tensor<Real> t({m, n});
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < m; ++j)
            t.values[j * n + i] = w.values[i * m + j];
    return t;
}

// Xᵀ Y for X [..., n] and Y [..., m], summed over all the rows: what a weight that they share gets.
template <typename Real>
Tensor<Real> summed_over_rows(const Tensor<Real>& x, const Tensor<Real>& y)
{
    const std::size_t n = x.shape.back(), m = y.shape.back();
    Tensor<Real> w({n, m});
    for (std::size_t row = 0; row < x.values.size() / n; ++row)
        for (std::size_t k = 0; k < n; ++k)
            for (std::size_t column = 0; column < m; ++column)
                w.values[k * m + column] += x.values[row * n + k] * y.values[row * m + column];
    return w;
}

// Of g = σ(X W): grad_X = δ Wᵀ and grad_W = Xᵀ δ with δ = grad_g ⊙ σ(s) σ(−s), s = X W: 1 − g would lose the digits where g is nearly 1.
template <typename Real>
Tensors<Real> gate_gradient(const Call<Real>& call, const std::string& x, const std::string& w, const std::string& g)
{
    const auto slope = [](Real s) { return sigmoid(s) * sigmoid(-s); };
    const Tensor<Real> delta = times(map(product(call[x], call[w]), slope), call["grad_" + g]);
    return {{"grad_" + x, product(delta, transposed(call[w]))}, {"grad_" + w, summed_over_rows(call[x], delta)}};
}

// Of Q = E W_Q, K = M W_K, V = M W_V.
template <typename Real>
Tensors<Real> project_gradient(const Call<Real>& call)
{
    const auto back = [&call](const char* gradient, const char* weight) { return product(call[gradient], transposed(call[weight])); };
    return {
        {"grad_E", back("grad_Q", "W_Q")},
        {"grad_M", plus(back("grad_K", "W_K"), back("grad_V", "W_V"))},
        {"grad_W_Q", summed_over_rows(call["E"], call["grad_Q"])},
        {"grad_W_K", summed_over_rows(call["M"], call["grad_K"])},
        {"grad_W_V", summed_over_rows(call["M"], call["grad_V"])},
    };
}

// Of Y = align_R(X): what a row was averaged or interpolated from gets its share of the row's gradient.
template <typename Real>
Tensor<Real> align_gradient(const Tensor<Real>& grad_Y, std::size_t T)
{
    const std::size_t B = grad_Y.shape[0], R = grad_Y.shape[1], d = grad_Y.shape[2];
    if (T == R)
        return grad_Y;
    Tensor<Real> grad_X({B, T, d});
    for (std::size_t b = 0; b < B; ++b)
        for (std::size_t r = 0; r < R; ++r)
            for (std::size_t c = 0; c < d; ++c)
            {
                const auto grad_x = [&](std::size_t i) -> Real& { return grad_X.values[(b * T + i) * d + c]; };
                const Real grad_y = grad_Y.values[(b * R + r) * d + c];
                if (T > R)
                {
                    const std::size_t first = r * T / R, end = ((r + 1) * T + R - 1) / R;
                    for (std::size_t i = first; i < end; ++i)
                        grad_x(i) += grad_y / static_cast<Real>(end - first);
                }
                else
                {
                    const std::size_t twice = (2 * r + 1) * T;
                    const std::size_t s = std::min(twice > R ? twice - R : 0, 2 * R * (T - 1));
                    const std::size_t i = s / (2 * R);
                    const Real w = static_cast<Real>(s % (2 * R)) / static_cast<Real>(2 * R);
                    grad_x(i) += (1 - w) * grad_y;
                    grad_x(std::min(i + 1, T - 1)) += w * grad_y;
                }
            }
    return grad_X;
}

// beyond the skeleton]
template <typename Real>
using Equation = Tensors<Real> (*)(const Call<Real>&);

// What this adapter computes, by id.
template <typename Real>
const std::map<std::string, Equation<Real>>& equations()
{
    using In = const Call<Real>&;
    using Out = Tensors<Real>;
    static const std::map<std::string, Equation<Real>> table = {
        {"lm2.gate.input", [](In c) { return Out{{"g_in", gate(c["E"], c["W_in"])}}; }},
        // The next one, say lm2.gate.output, goes here.
        // [beyond the skeleton
        {"lm2.gate.output", [](In c) { return Out{{"g_out", gate(c["E_mem"], c["W_out"])}}; }},
        {"lm2.gate.forget", [](In c) { return Out{{"g_forget", gate(c["E_mem"], c["W_forget"])}}; }},
        {"lm2.bank.identity_matrix", [](In c) {
            const std::size_t N = c.attributes["slots"].integer(), d = c.attributes["width"].integer();
            return Out{{"M", identity_bank<Real>({N, d, d})}};
        }},
        {"lm2.bank.identity_vector", [](In c) {
            return Out{{"M", identity_bank<Real>({c.attributes["slots"].integer(), c.attributes["width"].integer()})}};
        }},
        {"lm2.bank.rows", [](In c) { return Out{{"rows", bank_rows(c["M"])}}; }},
        {"lm2.bank.update", [](In c) { return Out{{"M_next", update(c["g_in"], c["E_mem"], c["g_forget"], c["M"])}}; }},
        {"lm2.align", [](In c) { return Out{{"Y", align(c["X"], c.attributes["rows"].integer())}}; }},
        {"lm2.attention.project", [](In c) {
            return Out{{"Q", product(c["E"], c["W_Q"])}, {"K", product(c["M"], c["W_K"])}, {"V", product(c["M"], c["W_V"])}};
        }},
        {"lm2.attention.weights", [](In c) {
            const Tensor<Real> S = scores(c["Q"], c["K"], c.attributes["heads"].integer());
            return Out{{"A", attention_weights(S, c.attributes["causal"].flag(), c.attributes["top_k"].integer())}};
        }},
        {"lm2.attention.retrieve", [](In c) { return Out{{"E_mem", retrieve(c["A"], c["V"])}}; }},
        {"lm2.readout.gated", [](In c) {
            return Out{{"E_gated", readout(c["g_out"], c["E_mem"], c["M"], c.attributes["source"].text)}};
        }},
        {"lm2.readout.skip", [](In c) { return Out{{"E_next", plus(c["E_attn"], c["E_gated"])}}; }},
        {"lm2.memory.step", memory_step<Real>},
        {"inf.basis.grid", [](In c) { return basis_grid<Real>(c.attributes["count"].integer(), c.attributes["widths"].items); }},
        {"inf.basis.evaluate", [](In c) {
            return Out{{"psi", over_basis(c["t"], [](std::size_t) { return Real(0); }, c["mu_j"], c["sigma_j"])}};
        }},
        {"inf.positions.segment", [](In c) { return Out{{"t", even_positions<Real>(c.attributes["length"].integer())}}; }},
        {"inf.memory.positions", [](In c) {
            const std::size_t M = c.attributes["samples"].integer(), L = c.attributes["length"].integer();
            return Out{{"t_past", even_positions<Real>(M)}, {"t_joint", joint_positions<Real>(M, L, c.attributes["tau"].number())}};
        }},
        {"inf.attention.scores", [](In c) { return Out{{"S", scores(c["Q"], c["K"], c.attributes["heads"].integer())}}; }},
        {"inf.attention.density", density<Real>},
        {"inf.attention.basis_expectation", [](In c) {
            const Tensor<Real>& var = c["var"];
            return Out{{"r", over_basis(c["mu"], [&var](std::size_t i) { return var.values[i]; }, c["mu_j"], c["sigma_j"])}};
        }},
        {"inf.attention.context", [](In c) { return Out{{"Z_ltm", product(retrieve(c["r"], c["V"]), c["W_O"])}}; }},
        {"inf.attention.combine", [](In c) { return Out{{"Z", plus(c["Z_stm"], c["Z_ltm"])}}; }},
        {"inf.regulariser.kl", [](In c) {
            const Real sigma_0 = static_cast<Real>(c.attributes["sigma_0"].number());
            return Out{{"kl", divergence(c["mu"], c["var"], sigma_0, c.attributes.find("mu_0"))}};
        }},
        {"lm2.gate.input.vjp", [](In c) { return gate_gradient(c, "E", "W_in", "g_in"); }},
        {"lm2.gate.output.vjp", [](In c) { return gate_gradient(c, "E_mem", "W_out", "g_out"); }},
        {"lm2.gate.forget.vjp", [](In c) { return gate_gradient(c, "E_mem", "W_forget", "g_forget"); }},
        {"lm2.attention.project.vjp", project_gradient<Real>},
        {"lm2.align.vjp", [](In c) { return Out{{"grad_X", align_gradient(c["grad_Y"], c["X"].shape[1])}}; }},
        // beyond the skeleton]
    };
    return table;
}

// ---------------------------------------------------------------------------------------------------------------------------------
// The commands

// What this adapter does not do; the text is shown to people.
struct Unsupported : std::runtime_error
{
    using std::runtime_error::runtime_error;
};

std::string describe()
{
    const std::string ids = joined(equations<double>(), [](const auto& entry) { return quoted(entry.first); });
    return R"(, "protocol": 1, "name": "cpp", "language": "C++17", "device": "cpu", "dtypes": ["f64", "f32"], "equations": [)" + ids + "]";
}

template <typename Real>
void compute(const Json& command)
{
    const auto equation = equations<Real>().find(command["equation"].text);
    if (equation == equations<Real>().end())
        throw Unsupported("equation " + command["equation"].text);
    const Call<Real> call{read_safetensors<Real>(command["input"].text), command["attributes"]};
    write_safetensors(command["output"].text, equation->second(call));
}

void run(const Json& command)
{
    const std::string& dtype = command["dtype"].text;
    if (dtype == "f64")
        compute<double>(command);
    else if (dtype == "f32")
        compute<float>(command);
    else
        throw Unsupported("dtype " + dtype);
}

// The fields of the answer after its id and status.
std::string perform(const Json& command)
{
    const std::string& name = command["cmd"].text;
    if (name == "start")
        return describe();
    if (name == "run")
        run(command);
    else if (name != "stop")
        throw Unsupported("command " + name);
    return "";
}

std::string answer(const Json& command)
{
    const std::string id = "{\"id\": " + command["id"].text + ", \"status\": ";
    try
    {
        return id + "\"ok\"" + perform(command) + "}";
    }
    catch (const Unsupported& refusal)
    {
        return id + "\"unsupported\", \"reason\": " + quoted(refusal.what()) + "}";
    }
    catch (const std::exception& failure)
    {
        return id + "\"error\", \"reason\": " + quoted(failure.what()) + "}";
    }
}

int main()
{
    std::string line;
    while (std::getline(std::cin, line))
    {
        const Json command = JsonReader(line).read();
        std::cout << answer(command) << std::endl;
        if (command["cmd"].text == "stop")
            break;
    }

    return 0;
}
