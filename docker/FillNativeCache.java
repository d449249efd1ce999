/**
 * Unpacks libtorch and the tokenizers library into DJL_CACHE_DIR, so that an image starts without writing 430 MB first. Run by
 * the image's build with the service's libraries on the class path; also the check that they load on the image's system.
 */
class FillNativeCache {
    public static void main(String[] arguments) throws Exception {
        System.out.println(ai.djl.engine.Engine.getEngine("PyTorch"));
        Class.forName("ai.djl.huggingface.tokenizers.jni.LibUtils").getMethod("checkStatus").invoke(null);
        System.out.println("native libraries are in " + System.getenv("DJL_CACHE_DIR"));
    }
}
