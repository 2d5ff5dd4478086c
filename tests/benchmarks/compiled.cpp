// What a person would write by hand for the tasks of compiled.py; built with and without -ffast-math. Functions that end
// in _tuned are for those who know their machine: lanes side by side, with the vector functions of the C library.
#include <cmath>

namespace {
inline double cdf(double x) { return 0.5 * std::erfc(-x * 0.70710678118654752440); }
inline double pdf(double x) { return 0.39894228040143267794 * std::exp(-0.5 * x * x); }
const int H = 16;
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

// Mean squared error of an MLP 2-16-16-1 with tanh, and its gradient; weights as rows of (weights, bias).
extern "C" double moons(long n, const double* w, const double* x0, const double* x1, const double* t, double* grad) {
    const double *w1 = w, *w2 = w + 3 * H, *w3 = w2 + H * (H + 1);
    double loss = 0, g1[H][3] = {}, g2[H][H + 1] = {}, g3[H + 1] = {};
    for (long i = 0; i < n; i++) {
        double h1[H], h2[H], d1[H] = {}, y = w3[H];
        for (int j = 0; j < H; j++) h1[j] = std::tanh(w1[3 * j] * x0[i] + w1[3 * j + 1] * x1[i] + w1[3 * j + 2]);
        for (int j = 0; j < H; j++) {
            double s = w2[(H + 1) * j + H];
            for (int k = 0; k < H; k++) s += w2[(H + 1) * j + k] * h1[k];
            h2[j] = std::tanh(s);
            y += w3[j] * h2[j];
        }
        double e = y - t[i], g = 2 * e / n;
        loss += e * e;
        for (int j = 0; j < H; j++) {
            g3[j] += g * h2[j];
            double d2 = g * w3[j] * (1 - h2[j] * h2[j]);
            for (int k = 0; k < H; k++) {
                g2[j][k] += d2 * h1[k];
                d1[k] += d2 * w2[(H + 1) * j + k];
            }
            g2[j][H] += d2;
        }
        g3[H] += g;
        for (int k = 0; k < H; k++) {
            double d = d1[k] * (1 - h1[k] * h1[k]);
            g1[k][0] += d * x0[i];
            g1[k][1] += d * x1[i];
            g1[k][2] += d;
        }
    }
    const double *first = &g1[0][0], *second = &g2[0][0];
    for (int i = 0; i < 3 * H; i++) grad[i] = first[i];
    for (int i = 0; i < H * (H + 1); i++) grad[3 * H + i] = second[i];
    for (int i = 0; i <= H; i++) grad[3 * H + H * (H + 1) + i] = g3[i];
    return loss / n;
}

// The same, eight samples side by side; samples beyond the last whole eight have weight zero.
extern "C" double moons_tuned(long n, const double* __restrict w, const double* __restrict x0,
                              const double* __restrict x1, const double* __restrict t, double* __restrict grad) {
    typedef double Lanes[8];
    const double *w1 = w, *w2 = w + 3 * H, *w3 = w2 + H * (H + 1);
    alignas(64) Lanes g1[H][3] = {}, g2[H][H + 1] = {}, g3[H + 1] = {}, total = {};
    for (long i = 0; i < n; i += 8) {
        alignas(64) Lanes a, b, y, g, h1[H], h2[H], d1[H] = {};
        for (int l = 0; l < 8; l++) {
            long at = i + l < n ? i + l : n - 1;
            a[l] = x0[at], b[l] = x1[at], y[l] = w3[H] - t[at], g[l] = i + l < n;
        }
        for (int j = 0; j < H; j++)
#pragma omp simd
            for (int l = 0; l < 8; l++) h1[j][l] = tanh(w1[3 * j] * a[l] + w1[3 * j + 1] * b[l] + w1[3 * j + 2]);
        for (int j = 0; j < H; j++) {
            alignas(64) Lanes s;
            for (int l = 0; l < 8; l++) s[l] = w2[(H + 1) * j + H];
            for (int k = 0; k < H; k++)
#pragma omp simd
                for (int l = 0; l < 8; l++) s[l] += w2[(H + 1) * j + k] * h1[k][l];
#pragma omp simd
            for (int l = 0; l < 8; l++) {
                h2[j][l] = tanh(s[l]);
                y[l] += w3[j] * h2[j][l];
            }
        }
#pragma omp simd
        for (int l = 0; l < 8; l++) {
            total[l] += g[l] * y[l] * y[l];
            g[l] *= 2 * y[l] / n;
            g3[H][l] += g[l];
        }
        for (int j = 0; j < H; j++) {
            alignas(64) Lanes d2;
#pragma omp simd
            for (int l = 0; l < 8; l++) {
                g3[j][l] += g[l] * h2[j][l];
                d2[l] = g[l] * w3[j] * (1 - h2[j][l] * h2[j][l]);
                g2[j][H][l] += d2[l];
            }
            for (int k = 0; k < H; k++)
#pragma omp simd
                for (int l = 0; l < 8; l++) {
                    g2[j][k][l] += d2[l] * h1[k][l];
                    d1[k][l] += d2[l] * w2[(H + 1) * j + k];
                }
        }
        for (int k = 0; k < H; k++)
#pragma omp simd
            for (int l = 0; l < 8; l++) {
                double d = d1[k][l] * (1 - h1[k][l] * h1[k][l]);
                g1[k][0][l] += d * a[l];
                g1[k][1][l] += d * b[l];
                g1[k][2][l] += d;
            }
    }
    double loss = 0;
    for (int l = 0; l < 8; l++) loss += total[l];
    const Lanes* sums[] = {g1[0], g2[0], g3};
    const int sizes[] = {3 * H, H * (H + 1), H + 1};
    for (int part = 0, place = 0; part < 3; part++)
        for (int i = 0; i < sizes[part]; i++, place++) {
            grad[place] = 0;
            for (int l = 0; l < 8; l++) grad[place] += sums[part][i][l];
        }
    return loss / n;
}
