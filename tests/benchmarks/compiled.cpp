// What a person would write by hand for the tasks of compiled.py; built twice, with and without -ffast-math.
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
    for (int i = 0; i < 3 * H; i++) grad[i] = g1[0][i];
    for (int i = 0; i < H * (H + 1); i++) grad[3 * H + i] = g2[0][i];
    for (int i = 0; i <= H; i++) grad[3 * H + H * (H + 1) + i] = g3[i];
    return loss / n;
}
