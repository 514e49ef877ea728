package dev.headlight.model.hook;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SiteTest {
    @ParameterizedTest
    @EnumSource(Site.class)
    void theAxisOfPositionsIsThatOfPositionsOrOfQueries(Site site) {
        assertThat(site.dims()[site.positionAxis()]).isEqualTo(site.isAttention() ? "query" : "position");
        assertThat(site.dims()).containsExactlyElementsOf(site.axes());
    }

    @ParameterizedTest
    @EnumSource(Site.class)
    void aSiteIsBeforeTheBlocksInThemOrAfterThem(Site site) {
        assertThat(site.isEmbedding() || site.isAfterBlocks()).isNotEqualTo(site.perLayer());
        assertThat(site.isEmbedding() && site.isAfterBlocks()).isFalse();
    }
}
