package dev.headlight.interp.heads;

import org.ejml.data.Complex_F64;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

/** Statistics of the eigenvalues of a matrix. */
final class Eigenvalues {
    private Eigenvalues() {}

    /**
     * The sum of the eigenvalues divided by the sum of their moduli. The eigenvalues of a real matrix come in conjugate pairs,
     * so their sum is real.
     *
     * @param matrix [n, n], row-major
     * @return in [-1, 1]; NaN if all eigenvalues are 0 or cannot be computed
     * @see <a href="https://transformer-circuits.pub/2021/framework/index.html">Elhage et al., 2021, copying</a>
     */
    static double positivity(double[] matrix, int n) {
        DMatrixRMaj m = DMatrixRMaj.wrap(n, n, matrix.clone());
        double largest = CommonOps_DDRM.elementMaxAbs(m);
        if (!(largest > 0) || !Double.isFinite(largest)) {
            return Double.NaN;
        }
        CommonOps_DDRM.divide(m, largest);
        EigenDecomposition_F64<DMatrixRMaj> decomposition = DecompositionFactory_DDRM.eig(n, false);
        if (!decomposition.decompose(m)) {
            return Double.NaN;
        }
        double sum = 0;
        double moduli = 0;
        for (int i = 0; i < decomposition.getNumberOfEigenvalues(); i++) {
            Complex_F64 value = decomposition.getEigenvalue(i);
            sum += value.getReal();
            moduli += value.getMagnitude();
        }
        return sum / moduli;
    }
}
