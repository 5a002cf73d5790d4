"""The wheels that hold libtorch 2.11.0 for x86-64 Linux, pinned by file name, size and sha256.

The CUDA ones are those that the metadata of `torch` and of its `cuda-toolkit==13.0.2` ask for.
`triton` and `cuda-bindings` are left out: only Python uses them.
"""

from typing import NamedTuple


class Wheel(NamedTuple):
    project: str
    version: str
    tags: str
    size: int  # bytes
    sha256: str

    @property
    def requirement(self) -> str:
        return f"{self.project}=={self.version}"

    @property
    def file_name(self) -> str:
        return f"{self.project.replace('-', '_')}-{self.version}-{self.tags}.whl"


# `libtorch_cpu.so` of the `torch` wheel links the two small CUDA libraries on every machine.
ALWAYS = [
    Wheel("torch", "2.11.0", "cp312-cp312-manylinux_2_28_x86_64", 530_712_279,
          "0f68f4ac6d95d12e896c3b7a912b5871619542ec54d3649cf48cc1edd4dd2756"),
    Wheel("nvidia-cuda-runtime", "13.0.96", "py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64", 2_243_632,
          "7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548"),
    Wheel("nvidia-cuda-cupti", "13.0.85", "py3-none-manylinux_2_25_x86_64", 10_715_597,
          "4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8"),
]

WITH_GPU = [
    Wheel("nvidia-cublas", "13.1.0.3", "py3-none-manylinux_2_27_x86_64", 423_133_236,
          "ee8722c1f0145ab246bccb9e452153b5e0515fd094c3678df50b2a0888b8b171"),
    Wheel("nvidia-cuda-nvrtc", "13.0.88", "py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64", 90_215_200,
          "ad9b6d2ead2435f11cbb6868809d2adeeee302e9bb94bcf0539c7a40d80e8575"),
    Wheel("nvidia-cudnn-cu13", "9.19.0.56", "py3-none-manylinux_2_27_x86_64", 366_066_321,
          "d20e1734305e9d68889a96e3f35094d733ff1f83932ebe462753973e53a572bf"),
    Wheel("nvidia-cufft", "12.0.0.61", "py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64", 214_085_489,
          "6c44f692dce8fd5ffd3e3df134b6cdb9c2f72d99cf40b62c32dde45eea9ddad3"),
    Wheel("nvidia-cufile", "1.15.1.6", "py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64", 1_223_672,
          "08a3ecefae5a01c7f5117351c64f17c7c62efa5fffdbe24fc7d298da19cd0b44"),
    Wheel("nvidia-curand", "10.4.0.35", "py3-none-manylinux_2_27_x86_64", 59_544_258,
          "1aee33a5da6e1db083fe2b90082def8915f30f3248d5896bcec36a579d941bfc"),
    Wheel("nvidia-cusolver", "12.0.4.66", "py3-none-manylinux_2_27_x86_64", 200_941_980,
          "0a759da5dea5c0ea10fd307de75cdeb59e7ea4fcb8add0924859b944babf1112"),
    Wheel("nvidia-cusparse", "12.6.3.3", "py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64", 145_942_937,
          "2b3c89c88d01ee0e477cb7f82ef60a11a4bcd57b6b87c33f789350b59759360b"),
    Wheel("nvidia-cusparselt-cu13", "0.8.0", "py3-none-manylinux2014_x86_64", 169_884_119,
          "25e30a8a7323935d4ad0340b95a0b69926eee755767e8e0b1cf8dd85b197d3fd"),
    Wheel("nvidia-nccl-cu13", "2.28.9", "py3-none-manylinux_2_18_x86_64", 196_493_177,
          "e4553a30f34195f3fa1da02a6da3d6337d28f2003943aa0a3d247bbc25fefc42"),
    Wheel("nvidia-nvjitlink", "13.0.88", "py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64", 40_713_933,
          "13a74f429e23b921c1109976abefacc69835f2f433ebd323d3946e11d804e47b"),
    Wheel("nvidia-nvshmem-cu13", "3.4.5", "py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64", 60_412_546,
          "290f0a2ee94c9f3687a02502f3b9299a9f9fe826e6d0287ee18482e78d495b80"),
    Wheel("nvidia-nvtx", "13.0.85", "py3-none-manylinux1_x86_64.manylinux_2_5_x86_64", 148_047,
          "4936d1d6780fbe68db454f5e72a42ff64d1fd6397df9f363ae786930fd5c1cd4"),
]
