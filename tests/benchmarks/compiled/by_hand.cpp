// What a person would write by hand for the tasks of arrays.py; built with and without -ffast-math. Functions that are
// tuned are for those who know their machine: lanes side by side, with the vector functions of the C library.
#include <cmath>

namespace {
inline double cdf(double x) { return 0.5 * std::erfc(-x * 0.70710678118654752440); }
inline double pdf(double x) { return 0.39894228040143267794 * std::exp(-0.5 * x * x); }
const int H = 16;

// Rectifiers and the maximum margin, as in micrograd's demo of two moons; or tanh and squares.
template <bool rectified> inline double active(double s) {
    return rectified ? (s > 0 ? s : 0) : tanh(s);
}
template <bool rectified> inline double slope(double h) { return rectified ? h > 0 : 1 - h * h; }
template <bool rectified> inline double missed(double y, double t) {
    return rectified ? (1 - t * y > 0 ? 1 - t * y : 0) : (y - t) * (y - t);
}
template <bool rectified> inline double missed_slope(double y, double t) {
    return rectified ? (1 - t * y > 0 ? -t : 0) : 2 * (y - t);
}
}  // namespace

extern "C" void black_scholes(long n, const double* S, const double* K, const double* T, const double* r,
                              const double* v, double* out) {
    double *price = out, *dS = out + n, *dK = out + 2 * n, *dT = out + 3 * n, *dr = out + 4 * n, *dv = out + 5 * n;
    for (long i = 0; i < n; i++) {
        double root = std::sqrt(T[i]), d1 = (std::log(S[i] / K[i]) + (r[i] + 0.5 * v[i] * v[i]) * T[i]) / (v[i] * root);
        double d2 = d1 - v[i] * root, discount = std::exp(-r[i] * T[i]), n1 = cdf(d1), n2 = cdf(d2), p = pdf(d1);
        price[i] = S[i] * n1 - K[i] * discount * n2;
        dS[i] = n1;
        dK[i] = -discount * n2;
        dT[i] = S[i] * p * v[i] / (2 * root) + r[i] * K[i] * discount * n2;
        dr[i] = K[i] * T[i] * discount * n2;
        dv[i] = S[i] * p * root;
    }
}

extern "C" void black_scholes_tuned(long n, const double* __restrict S, const double* __restrict K,
                                    const double* __restrict T, const double* __restrict r,
                                    const double* __restrict v, double* __restrict out) {
    double *__restrict price = out, *__restrict dS = out + n, *__restrict dK = out + 2 * n;
    double *__restrict dT = out + 3 * n, *__restrict dr = out + 4 * n, *__restrict dv = out + 5 * n;
#pragma omp simd
    for (long i = 0; i < n; i++) {
        double root = sqrt(T[i]), spread = v[i] * root, d1 = (log(S[i] / K[i]) + r[i] * T[i]) / spread + 0.5 * spread;
        double d2 = d1 - spread, n1 = 0.5 * erfc(-d1 * 0.70710678118654752440);
        double n2 = 0.5 * erfc(-d2 * 0.70710678118654752440), p = 0.39894228040143267794 * exp(-0.5 * d1 * d1);
        double discount = exp(-r[i] * T[i]), rest = K[i] * discount * n2;
        price[i] = S[i] * n1 - rest;
        dS[i] = n1;
        dK[i] = -discount * n2;
        dT[i] = S[i] * p * v[i] / (2 * root) + r[i] * rest;
        dr[i] = T[i] * rest;
        dv[i] = S[i] * p * root;
    }
}

// The loss of an MLP 2-16-16-1 and its gradient; weights as rows of (weights, bias), which decay.
template <bool rectified>
double network(long n, double decay, const double* w, const double* x0, const double* x1, const double* t,
               double* grad) {
    const double *w1 = w, *w2 = w + 3 * H, *w3 = w2 + H * (H + 1);
    double loss = 0, squares = 0, g1[H][3] = {}, g2[H][H + 1] = {}, g3[H + 1] = {};
    for (long i = 0; i < n; i++) {
        double h1[H], h2[H], d1[H] = {}, y = w3[H];
        for (int j = 0; j < H; j++) h1[j] = active<rectified>(w1[3 * j] * x0[i] + w1[3 * j + 1] * x1[i] + w1[3 * j + 2]);
        for (int j = 0; j < H; j++) {
            double s = w2[(H + 1) * j + H];
            for (int k = 0; k < H; k++) s += w2[(H + 1) * j + k] * h1[k];
            h2[j] = active<rectified>(s);
            y += w3[j] * h2[j];
        }
        double g = missed_slope<rectified>(y, t[i]) / n;
        loss += missed<rectified>(y, t[i]);
        for (int j = 0; j < H; j++) {
            g3[j] += g * h2[j];
            double d2 = g * w3[j] * slope<rectified>(h2[j]);
            for (int k = 0; k < H; k++) {
                g2[j][k] += d2 * h1[k];
                d1[k] += d2 * w2[(H + 1) * j + k];
            }
            g2[j][H] += d2;
        }
        g3[H] += g;
        for (int k = 0; k < H; k++) {
            double d = d1[k] * slope<rectified>(h1[k]);
            g1[k][0] += d * x0[i];
            g1[k][1] += d * x1[i];
            g1[k][2] += d;
        }
    }
    const double *first = &g1[0][0], *second = &g2[0][0];
    for (int i = 0; i < 3 * H; i++) grad[i] = first[i];
    for (int i = 0; i < H * (H + 1); i++) grad[3 * H + i] = second[i];
    for (int i = 0; i <= H; i++) grad[3 * H + H * (H + 1) + i] = g3[i];
    for (int i = 0; i < 3 * H + (H + 1) * (H + 1); i++) {
        squares += w[i] * w[i];
        grad[i] += 2 * decay * w[i];
    }
    return loss / n + decay * squares;
}

// The same for who knows the machine: eight samples in a vector, and the gradient of the inner matrix, which is most of
// the work, in tiles of registers over blocks of eight vectors. Samples beyond the last have weight zero.
typedef double Lanes __attribute__((vector_size(64)));

template <bool rectified> inline Lanes actives(Lanes s) {
    if (rectified) return s > 0 ? s : Lanes{};
#pragma omp simd
    for (int l = 0; l < 8; l++) s[l] = tanh(s[l]);
    return s;
}
template <bool rectified> inline Lanes slopes(Lanes h) {
    return rectified ? (h > 0 ? Lanes{} + 1 : Lanes{}) : 1 - h * h;
}
inline double total(Lanes x) {
    double found = 0;
    for (int l = 0; l < 8; l++) found += x[l];
    return found;
}

template <bool rectified>
double tuned(long n, double decay, const double* __restrict w, const double* __restrict x0,
             const double* __restrict x1, const double* __restrict t, double* __restrict grad) {
    const int block = 8, tile = 4;
    const double *w1 = w, *w2 = w + 3 * H, *w3 = w2 + H * (H + 1);
    Lanes g1[H][3] = {}, g2[H][H + 1] = {}, g3[H + 1] = {}, lost = {}, inner[block][H], outer[block][H];
    for (long start = 0; start < n; start += 8 * block) {
        const long left = (n - start + 7) / 8, vectors = left < block ? left : block;
        for (long v = 0; v < vectors; v++) {
            Lanes a, b, side, weight, d1[H] = {}, h1[H], h2[H], y = Lanes{} + w3[H];
            for (int l = 0; l < 8; l++) {
                const long i = start + 8 * v + l, at = i < n ? i : n - 1;
                a[l] = x0[at], b[l] = x1[at], side[l] = t[at], weight[l] = i < n;
            }
#pragma GCC unroll 16
            for (int k = 0; k < H; k++) h1[k] = actives<rectified>(w1[3 * k] * a + w1[3 * k + 1] * b + w1[3 * k + 2]);
#pragma GCC unroll 16
            for (int j = 0; j < H; j++) {
                Lanes s = Lanes{} + w2[(H + 1) * j + H];
#pragma GCC unroll 16
                for (int k = 0; k < H; k++) s += w2[(H + 1) * j + k] * h1[k];
                h2[j] = actives<rectified>(s);
                y += w3[j] * h2[j];
            }
            const Lanes margin = 1 - side * y, e = y - side;
            const Lanes each = rectified ? (margin > 0 ? margin : Lanes{}) : e * e;
            const Lanes g = weight / double(n) * (rectified ? (margin > 0 ? -side : Lanes{}) : 2 * e);
            lost += weight * each;
            g3[H] += g;
#pragma GCC unroll 16
            for (int j = 0; j < H; j++) {
                const Lanes d = g * w3[j] * slopes<rectified>(h2[j]);
                g3[j] += g * h2[j];
                g2[j][H] += d;
                outer[v][j] = d;
#pragma GCC unroll 16
                for (int k = 0; k < H; k++) d1[k] += w2[(H + 1) * j + k] * d;
            }
#pragma GCC unroll 16
            for (int k = 0; k < H; k++) {
                const Lanes d = d1[k] * slopes<rectified>(h1[k]);
                g1[k][0] += d * a;
                g1[k][1] += d * b;
                g1[k][2] += d;
                inner[v][k] = h1[k];
            }
        }
        for (int j = 0; j < H; j += tile)
            for (int k = 0; k < H; k += tile) {
                Lanes sums[tile][tile];
                for (int p = 0; p < tile; p++)
                    for (int q = 0; q < tile; q++) sums[p][q] = g2[j + p][k + q];
                for (long v = 0; v < vectors; v++)
#pragma GCC unroll 4
                    for (int p = 0; p < tile; p++)
#pragma GCC unroll 4
                        for (int q = 0; q < tile; q++) sums[p][q] += outer[v][j + p] * inner[v][k + q];
                for (int p = 0; p < tile; p++)
                    for (int q = 0; q < tile; q++) g2[j + p][k + q] = sums[p][q];
            }
    }
    const Lanes* sums[] = {g1[0], g2[0], g3};
    const int sizes[] = {3 * H, H * (H + 1), H + 1};
    double squares = 0;
    for (int part = 0, place = 0; part < 3; part++)
        for (int i = 0; i < sizes[part]; i++, place++) {
            grad[place] = total(sums[part][i]) + 2 * decay * w[place];
            squares += w[place] * w[place];
        }
    return total(lost) / n + decay * squares;
}

#define NETWORK(name, function)                                                                                       \
    extern "C" double name(long n, double decay, const double* w, const double* x0, const double* x1, const double* t, \
                           double* grad) {                                                                            \
        return function(n, decay, w, x0, x1, t, grad);                                                                \
    }
NETWORK(network_relu, network<true>)
NETWORK(network_tanh, network<false>)
NETWORK(tuned_relu, tuned<true>)
NETWORK(tuned_tanh, tuned<false>)
