package dev.headlight.interp.heads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import java.util.Random;
import org.junit.jupiter.api.Test;

class EigenvaluesTest {
    @Test
    void matricesWhoseEigenvaluesAreKnown() {
        assertThat(Eigenvalues.positivity(new double[] {3}, 1)).isEqualTo(1);
        assertThat(Eigenvalues.positivity(new double[] {1, 0, 0, 1}, 2)).isEqualTo(1);
        assertThat(Eigenvalues.positivity(new double[] {-2, 0, 0, -5}, 2)).isEqualTo(-1);
        assertThat(Eigenvalues.positivity(new double[] {3, 0, 0, -1}, 2)).isCloseTo(0.5, offset(1e-12));
        assertThat(Eigenvalues.positivity(new double[] {0, -1, 1, 0}, 2)).isCloseTo(0, offset(1e-12)); // i and -i
        assertThat(Eigenvalues.positivity(new double[] {3e-30, -4e-30, 4e-30, 3e-30}, 2))
                .isCloseTo(0.6, offset(1e-12));
        assertThat(Eigenvalues.positivity(new double[] {1, 7, 0, 1}, 2)).isCloseTo(1, offset(1e-6)); // defective
        assertThat(Eigenvalues.positivity(new double[4], 2)).isNaN();
        assertThat(Eigenvalues.positivity(new double[] {1, Double.NaN, 0, 1}, 2))
                .isNaN();
    }

    /** X X^T has no negative eigenvalue, and a skew matrix only imaginary ones. */
    @Test
    void largeMatricesOfAKind() {
        int n = 64;
        Random random = new Random(1);
        double[] x = random.doubles((long) n * n, -1, 1).toArray();
        double[] square = new double[n * n];
        double[] skew = new double[n * n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                for (int k = 0; k < n; k++) {
                    square[i * n + j] += x[i * n + k] * x[j * n + k];
                }
                skew[i * n + j] = x[i * n + j] - x[j * n + i];
            }
        }
        assertThat(Eigenvalues.positivity(square, n)).isCloseTo(1, offset(1e-9));
        assertThat(Eigenvalues.positivity(skew, n)).isCloseTo(0, offset(1e-9));
    }
}
