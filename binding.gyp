{
  'variables': {
    'variables': {'lamina_version': '<!(node -p "require(\'./package.json\').version")'},
    # Values stay exact: no fast-math, and no contraction into fused operations except where a kernel says so.
    # Warnings are errors in test/engine/native-pieces.test.ts, not here: a compiler nobody has tried yet must not cost its
    # owner the native engine.
    'lamina_cflags': ['-Wall', '-Wextra', '-O3', '-ffp-contract=off', '-fvisibility=hidden'],
    # errno and traps of floating point are never looked at; without them loops over sqrt and comparisons vectorise.
    'lamina_kernel_cflags': ['-fno-math-errno', '-fno-trapping-math'],
    'lamina_addon_defines': [
      'LAMINA_VERSION="<(lamina_version)"',
      'NAPI_VERSION=8',
      'NAPI_CPP_EXCEPTIONS',
      'NODE_ADDON_API_DISABLE_DEPRECATED',
      # Electron's V8 sandbox aborts on array buffers outside its own memory.
      'NODE_API_NO_EXTERNAL_BUFFERS_ALLOWED',
      # Work may end after its worker thread was told to: then there is no one left to throw to.
      'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
    ],
  },
  'target_defaults': {
    'cflags_cc': ['-std=c++17', '<@(lamina_cflags)'],
    'cflags_cc!': ['-fno-exceptions', '-std=gnu++17', '-std=gnu++20'],
    'xcode_settings': {
      'CLANG_CXX_LANGUAGE_STANDARD': 'c++17',
      'CLANG_CXX_LIBRARY': 'libc++',
      'GCC_ENABLE_CPP_EXCEPTIONS': 'YES',
      'GCC_OPTIMIZATION_LEVEL': '3',
      'MACOSX_DEPLOYMENT_TARGET': '11.0',
      'OTHER_CPLUSPLUSFLAGS': ['<@(lamina_cflags)', '<@(lamina_kernel_cflags)'],
    },
    'msvs_settings': {
      'VCCLCompilerTool': {
        'AdditionalOptions': ['/std:c++17', '/utf-8', '/fp:precise'],
        'ExceptionHandling': 1,
        'Optimization': 2,
        'WarningLevel': 4,
        # Structures padded to cache lines on purpose; conditions on constants of templates; what is to be inlined and is
        # not.
        'DisableSpecificWarnings': ['4127', '4324', '4714'],
        # Whole-program optimisation could inline a kernel for one instruction set into code meant for all.
        'WholeProgramOptimization': 'false',
      },
    },
    'conditions': [
      # Node's own settings for Windows compile its library without them.
      ['OS=="win"', {'defines!': ['_HAS_EXCEPTIONS=0'], 'defines': ['_HAS_EXCEPTIONS=1']}],
      ['target_arch=="x64"', {'defines': ['LAMINA_X64']}],
      ['target_arch=="arm64"', {'defines': ['LAMINA_ARM64']}],
    ],
  },
  'targets': [
    {
      'target_name': 'lamina_tables',
      'cflags_cc': ['<@(lamina_kernel_cflags)'],
      'include_dirs': ["<!(node -p \"require('node-addon-api').include_dir\")"],
      'defines': ['<@(lamina_addon_defines)'],
      'sources': [
        'src/data/native/encode.cpp',
        'src/data/native/numbers.cpp',
        'src/data/native/profile.cpp',
        'src/data/native/scanner.cpp',
        'src/data/native/scanner_columns.cpp',
        'src/data/native/binding/addon.cpp',
        'src/data/native/binding/columns_object.cpp',
        'src/data/native/binding/scanner_object.cpp',
      ],
    },
    {
      'target_name': 'lamina_kernels_portable',
      'type': 'static_library',
      'win_delay_load_hook': 'false',
      'cflags_cc': ['<@(lamina_kernel_cflags)'],
      'sources': ['src/engine/native/kernels/kernels_portable.cpp'],
    },
    {
      'target_name': 'lamina_engine',
      'dependencies': ['lamina_kernels_portable'],
      'include_dirs': ["<!(node -p \"require('node-addon-api').include_dir\")"],
      'defines': ['<@(lamina_addon_defines)'],
      'sources': [
        'src/engine/native/early_stopping.cpp',
        'src/engine/native/functions.cpp',
        'src/engine/native/memory.cpp',
        'src/engine/native/minibatches.cpp',
        'src/engine/native/network.cpp',
        'src/engine/native/optimizer.cpp',
        'src/engine/native/parameters.cpp',
        'src/engine/native/pass.cpp',
        'src/engine/native/plan.cpp',
        'src/engine/native/plan_loss.cpp',
        'src/engine/native/random.cpp',
        'src/engine/native/samples.cpp',
        'src/engine/native/schedule.cpp',
        'src/engine/native/step_record.cpp',
        'src/engine/native/threads.cpp',
        'src/engine/native/trainer.cpp',
        'src/engine/native/trainer_state.cpp',
        'src/engine/native/trainer_update.cpp',
        'src/engine/native/kernels/choose.cpp',
        'src/engine/native/binding/addon.cpp',
        'src/engine/native/binding/convert.cpp',
        'src/engine/native/binding/convert_state.cpp',
        'src/engine/native/binding/trainer_object.cpp',
      ],
      'conditions': [
        ['target_arch=="x64"', {'dependencies': ['lamina_kernels_avx2', 'lamina_kernels_avx512']}],
        ['target_arch=="arm64"', {'dependencies': ['lamina_kernels_neon']}],
      ],
    },
  ],
  'conditions': [
    ['target_arch=="x64"', {
      # Processors with AVX2 that do not know PREFETCHW take it for nothing to do.
      'targets': [
        {
          'target_name': 'lamina_kernels_avx2',
          'type': 'static_library',
          'win_delay_load_hook': 'false',
          'cflags_cc': ['<@(lamina_kernel_cflags)', '-mavx2', '-mfma', '-mprfchw'],
          'xcode_settings': {'OTHER_CPLUSPLUSFLAGS': ['-mavx2', '-mfma', '-mprfchw']},
          'msvs_settings': {'VCCLCompilerTool': {'EnableEnhancedInstructionSet': 5}},
          'sources': ['src/engine/native/kernels/kernels_avx2.cpp'],
        },
        {
          'target_name': 'lamina_kernels_avx512',
          'type': 'static_library',
          'win_delay_load_hook': 'false',
          'variables': {'flags': ['-mavx512f', '-mavx512dq', '-mavx512bw', '-mavx512vl', '-mavx2', '-mfma', '-mprfchw']},
          'cflags_cc': ['<@(lamina_kernel_cflags)', '<@(flags)'],
          'xcode_settings': {'OTHER_CPLUSPLUSFLAGS': ['<@(flags)']},
          'msvs_settings': {'VCCLCompilerTool': {'AdditionalOptions': ['/arch:AVX512']}},
          'sources': ['src/engine/native/kernels/kernels_avx512.cpp'],
        },
      ],
    }],
    ['target_arch=="arm64"', {
      'targets': [
        {
          'target_name': 'lamina_kernels_neon',
          'type': 'static_library',
          'win_delay_load_hook': 'false',
          'cflags_cc': ['<@(lamina_kernel_cflags)'],
          'sources': ['src/engine/native/kernels/kernels_neon.cpp'],
        },
      ],
    }],
  ],
}
