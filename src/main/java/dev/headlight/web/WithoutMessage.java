package dev.headlight.web;

import org.jspecify.annotations.Nullable;

/**
 * An unexpected exception as it may be logged: its class and stack trace. Its message might quote what the client sent for
 * the model to read, except where only the engine or the virtual machine speaks.
 */
final class WithoutMessage extends Exception {
    private WithoutMessage(Throwable of) {
        super(described(of), of(of.getCause()), false, true);
        setStackTrace(of.getStackTrace());
    }

    static @Nullable WithoutMessage of(@Nullable Throwable fault) {
        return fault == null ? null : new WithoutMessage(fault);
    }

    private static String described(Throwable fault) {
        String name = fault.getClass().getName();
        boolean isHarmless = fault instanceof VirtualMachineError || name.startsWith("ai.djl.engine.");
        return isHarmless ? fault.toString() : name + " (its message is logged with headlight.log-prompts=true)";
    }
}
