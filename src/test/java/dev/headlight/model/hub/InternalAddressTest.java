package dev.headlight.model.hub;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InternalAddressTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1", "127.8.9.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "localhost", "10.0.0.1",
                "172.16.0.1", "172.31.255.1", "192.168.1.1", "169.254.169.254", "[fe80::1]", "[fd00:ec2::254]",
                        "100.64.0.1",
                "0.0.0.0", "[::]", "224.0.0.1"
            })
    void addressesWithin(String host) {
        assertThat(InternalAddress.has(host)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.1.1.1", "172.32.0.1", "100.128.0.1", "[2606:4700::1111]", "no-such-host.invalid"})
    void addressesOutside(String host) {
        assertThat(InternalAddress.has(host)).isFalse();
    }
}
