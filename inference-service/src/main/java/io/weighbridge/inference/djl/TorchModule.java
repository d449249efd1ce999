package io.weighbridge.inference.djl;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtEngine;
import ai.djl.pytorch.engine.PtModel;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import io.weighbridge.engine.runner.RunnerException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A TorchScript text, loaded: the decoder's or the encoder's. Calls its methods by name and keeps DJL's traps in one place: only data types that DJL
 * can map cross the border (another would end the JVM), and results belong to the manager that the caller names. Not
 * thread-safe.
 */
final class TorchModule implements AutoCloseable {
    private final PtModel model;
    private final PtSymbolBlock block;

    private TorchModule(PtModel model) {
        this.model = model;
        this.block = (PtSymbolBlock) model.getBlock();
    }

    /** The decoder's text, compiled; the back end must be started. */
    static TorchModule decoder() {
        return load("decoder.torchscript.py", "Decoder");
    }

    /** The encoder's text, compiled; the back end must be started. */
    static TorchModule encoder() {
        return load("encoder.torchscript.py", "Encoder");
    }

    private static TorchModule load(String resource, String className) {
        var model = (PtModel) ai.djl.Model.newInstance(className, PtEngine.ENGINE_NAME);
        try (var text = Objects.requireNonNull(TorchModule.class.getResourceAsStream(resource), resource)) {
            var source = new String(text.readAllBytes(), StandardCharsets.UTF_8);
            model.load(new ByteArrayInputStream(TorchScriptArchive.pack(className, source)), Map.of());
            return new TorchModule(model);
        } catch (IOException e) {
            model.close();
            throw new UncheckedIOException("cannot read " + resource, e);
        } catch (MalformedModelException e) {
            model.close();
            throw new RunnerException("libtorch refuses %s: %s".formatted(resource, e.getMessage()), e);
        }
    }

    /** Owner of what lives as long as the module. */
    PtNDManager manager() {
        return (PtNDManager) model.getNDManager();
    }

    /** Calls a method that returns a tensor. The arguments stay the caller's. */
    PtNDArray call(PtNDManager results, String method, IValue... arguments) {
        try (var result = run(method, arguments)) {
            return result.toTensor(results);
        }
    }

    /** Calls a method that returns a list of tensors. */
    List<PtNDArray> callForList(PtNDManager results, String method, IValue... arguments) {
        try (var result = run(method, arguments)) {
            return Arrays.asList(result.toTensorArray(results));
        }
    }

    private IValue run(String method, IValue... arguments) {
        try {
            return IValueUtils.runMethod(block, method, arguments);
        } catch (RuntimeException e) {
            throw new RunnerException("libtorch failed in %s: %s".formatted(method, e.getMessage()), e);
        }
    }

    /** A float32 tensor with a copy of {@code values}. */
    static PtNDArray floats(PtNDManager manager, float[] values, long... shape) {
        return (PtNDArray) manager.create(FloatBuffer.wrap(values), new Shape(shape), DataType.FLOAT32);
    }

    /** A tensor over {@code bytes} without a copy, if the buffer is direct. Only float32 and uint8 are let through. */
    static PtNDArray view(PtNDManager manager, ByteBuffer bytes, DataType type, long... shape) {
        if (type != DataType.FLOAT32 && type != DataType.UINT8) {
            throw new IllegalArgumentException("type %s does not cross the border to libtorch safely".formatted(type));
        }
        return (PtNDArray) manager.create(bytes, new Shape(shape), type);
    }

    static IValue list(List<PtNDArray> arrays) {
        return IValue.listFrom(arrays.toArray(PtNDArray[]::new));
    }

    static void closeAll(List<? extends NDArray> arrays) {
        arrays.forEach(NDArray::close);
    }

    @Override
    public void close() {
        model.close();
    }
}
