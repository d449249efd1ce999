package io.weighbridge.inference.variant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.decoder.Decoders;
import io.weighbridge.inference.djl.Numerics;
import io.weighbridge.inference.executor.MemoryNeed;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class NumericsChoiceTest {
    private static final Path GOLDEN = Path.of("..", "engine", "src", "test", "resources", "golden");
    private static final MemoryNeed.Workload WORKLOAD = new MemoryNeed.Workload(256, 64, 1, 2);
    private static final long PLENTY = 1L << 40;
    private static final Machine WITH_BF16 = new Machine(PLENTY, true);
    private static final Machine WITHOUT_BF16 = new Machine(PLENTY, false);

    @Test
    void bfloat16_weights_stay_so_only_where_the_processor_computes_with_them() {
        var with = choice("llama3-bf16-sharded", "auto", PLENTY, WITH_BF16);
        assertThat(with.numerics()).isEqualTo(Numerics.BF16);
        assertThat(with.reason()).startsWith("bf16 for weights stored mostly as BF16; needs ");
        var without = choice("llama3-bf16-sharded", "auto", PLENTY, WITHOUT_BF16);
        assertThat(without.numerics()).isEqualTo(Numerics.F32);
        assertThat(without.reason()).contains("bf16 is slow on this processor");
    }

    @Test
    void floats_that_do_not_fit_become_narrower_step_by_step() {
        var wide = choice("llama3", "auto", PLENTY, WITH_BF16);
        assertThat(wide.numerics()).isEqualTo(Numerics.F32);
        var narrower = choice("llama3", "auto", wide.need().total() - 1, WITH_BF16);
        assertThat(narrower.numerics()).isEqualTo(Numerics.INT8);
        assertThat(narrower.reason())
                .contains("f32 would need " + MemoryNeed.mebibytes(wide.need().total()))
                .contains("needs " + MemoryNeed.mebibytes(narrower.need().total()));
        var narrowest = choice("llama3", "auto", narrower.need().total() - 1, WITH_BF16);
        assertThat(narrowest.numerics()).isEqualTo(Numerics.INT4);
        var nothing = choice("llama3", "auto", 1, WITH_BF16);
        assertThat(nothing.numerics()).isEqualTo(Numerics.INT4);
        assertThat(nothing.reason()).contains("does not fit", "f32 would need", "int8 would need", "int4 would need");
    }

    @Test
    void a_setting_is_followed_and_what_the_file_stores_is_said() {
        var choice = choice("llama3", "int8", 1, WITH_BF16);
        assertThat(choice.numerics()).isEqualTo(Numerics.INT8);
        assertThat(choice.reason()).isEqualTo("int8 as set; the file stores F32");
        assertThatThrownBy(() -> choice("llama3", "int5", 1, WITH_BF16)).hasMessageContaining("int5");
    }

    @Test
    void processors_are_told_apart_by_their_flags() {
        assertThat(Machine.computesBfloat16("flags : fpu avx512f avx512_bf16")).isTrue();
        assertThat(Machine.computesBfloat16("flags : amx_tile amx_bf16")).isTrue();
        assertThat(Machine.computesBfloat16("Features : fp asimd bf16 i8mm")).isTrue();
        assertThat(Machine.computesBfloat16("flags : fpu avx512f avx2")).isFalse();
        assertThat(Machine.here().memoryBytes()).isGreaterThan(1 << 28);
    }

    private static NumericsChoice choice(String folder, String setting, long available, Machine machine) {
        try (var checkpoint = Checkpoints.open(GOLDEN.resolve(folder))) {
            return NumericsChoice.of(setting, Decoders.of(checkpoint), WORKLOAD, available, machine);
        }
    }
}
