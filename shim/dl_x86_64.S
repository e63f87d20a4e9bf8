/* dl_x86_64.S - dlopen and dlsym as tail calls: the libc sees the program as its caller */
#if defined(__x86_64__)
	.text

	.globl	dlsym
	.type	dlsym, @function
dlsym:
	.cfi_startproc
	endbr64
	pushq	%rdi
	.cfi_adjust_cfa_offset 8
	pushq	%rsi
	.cfi_adjust_cfa_offset 8
	movq	16(%rsp), %rdx		/* return address */
	subq	$8, %rsp
	.cfi_adjust_cfa_offset 8
	call	dl_sym_answer
	addq	$8, %rsp
	.cfi_adjust_cfa_offset -8
	popq	%rsi
	.cfi_adjust_cfa_offset -8
	popq	%rdi
	.cfi_adjust_cfa_offset -8
	testq	%rax, %rax
	jz	1f
	cmpq	$1, %rax		/* DL_ABSENT */
	jne	2f
	xorl	%eax, %eax
2:	ret
1:	jmp	*dl_real_sym(%rip)
	.cfi_endproc
	.size	dlsym, .-dlsym

	.globl	dlopen
	.type	dlopen, @function
dlopen:
	.cfi_startproc
	endbr64
	pushq	%rdi
	.cfi_adjust_cfa_offset 8
	call	dl_open_flags
	popq	%rdi
	.cfi_adjust_cfa_offset -8
	movl	%eax, %esi
	jmp	*dl_real_open(%rip)
	.cfi_endproc
	.size	dlopen, .-dlopen
#endif
	.section .note.GNU-stack, "", @progbits
