package dev.headlight.web;

import dev.headlight.model.fault.BadSetting;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Explains in two lines, instead of a stack trace, which setting keeps the service from starting. */
class BadSettingAnalyzer extends AbstractFailureAnalyzer<BadSetting> {
    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, BadSetting cause) {
        return new FailureAnalysis(cause.getMessage(), "Change " + cause.property() + " or remove it.", cause);
    }
}
