package dev.headlight.model.schedule;

import ai.djl.pytorch.jni.JniUtils;

/** How many threads one operation of PyTorch uses. PyTorch and its libraries keep the number per calling thread. */
final class IntraOpThreads {
    private static final ThreadLocal<Integer> CURRENT = ThreadLocal.withInitial(IntraOpThreads::initialised);

    private IntraOpThreads() {}

    /** PyTorch sets the number at a thread's first parallel operation, or when it is read. It must not do so later. */
    private static int initialised() {
        return JniUtils.getNumThreads();
    }

    /** Sets the number for what this thread computes next. */
    static void set(int threads) {
        if (CURRENT.get() != threads) {
            JniUtils.setNumThreads(threads);
            CURRENT.set(threads);
        }
    }

    /** The number for what this thread computes next. */
    static int get() {
        return CURRENT.get();
    }
}
