package dev.headlight.web;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.EngineException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class WithoutMessageTest {
    @Test
    void classesAndFramesStayAndMessagesGo() {
        Throwable fault = new IllegalStateException("cannot read 'zebrafish'", new RuntimeException("zebrafish"));
        String logged = printed(fault);
        assertThat(logged)
                .contains("java.lang.IllegalStateException", "java.lang.RuntimeException", "classesAndFramesStay")
                .contains("headlight.log-prompts")
                .doesNotContain("zebrafish");
    }

    @Test
    void theEngineAndTheVirtualMachineMaySpeak() {
        assertThat(printed(new IllegalStateException("zebrafish", new EngineException("out of memory: 5 GiB"))))
                .contains("out of memory: 5 GiB")
                .doesNotContain("zebrafish");
        assertThat(printed(new OutOfMemoryError("Java heap space"))).contains("Java heap space");
    }

    private static String printed(Throwable fault) {
        StringWriter text = new StringWriter();
        Objects.requireNonNull(WithoutMessage.of(fault)).printStackTrace(new PrintWriter(text));
        return text.toString();
    }
}
